"""The plugin as a user has it: installed, in a pytest run of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

BOT = """
from larkgate import Bot, Message

bot = Bot()


@bot.message(mentioned=True)
async def answer(message: Message) -> str:
    if message.text == "坏了":
        raise ValueError("wrong number")
    return f"收到：{message.text}"
"""
QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:hypothesispytest")


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A directory with a bot in it."""
    pytester.makepyfile(mybot=BOT)
    return pytester


def test_ten_lines_without_anything_else_installed(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from mybot import bot

        def test_it_answers(feishu):
            feishu.run(bot)
            chat = feishu.group("研发群", "张三", "李四")
            message = chat.say("张三", "@bot 车连不上网")
            assert chat.replies_to(message)[0].text == "收到：车连不上网"

        def test_nobody_asked(feishu):
            feishu.run("mybot:bot")
            feishu.group("研发群", "张三").say("张三", "hello")
        """
    )
    project.runpytest_subprocess(*QUIET, "-W", "error").assert_outcomes(passed=2)


def test_async_tests(project: pytest.Pytester) -> None:
    project.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    project.makepyfile(
        """
        async def test_it_answers(feishu):
            feishu.run("mybot")
            assert feishu.private("张三").say("张三", "@bot hello").replies.texts == ["收到：hello"]
        """
    )
    project.runpytest_subprocess("-p", "no:cacheprovider", "-W", "error").assert_outcomes(passed=1)


def test_a_failing_test_shows_the_conversation(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_wrong(feishu):
            feishu.run("mybot")
            chat = feishu.group("研发群", "张三")
            assert chat.say("张三", "@bot hello").replies[0].text == "你好"

        def test_silent(feishu):
            feishu.run("mybot")
            feishu.group("研发群", "张三").say("张三", "hello").replies[0]
        """
    )
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "E*AssertionError: assert '收到：hello' == '你好'",
            "* feishu *",
            "[[]研发群[]]",
            "  张三: @bot hello",
            "  bot: 收到：hello",
            "E*Unanswered: there is no such message.",
            "E*张三 said: hello",
            "E*nobody mentions the bot*",
        ]
    )
    result.stdout.no_fnmatch_line("*thread.py*")


def test_a_failing_handler_fails_its_test_with_its_own_traceback(
    project: pytest.Pytester,
) -> None:
    project.makepyfile(
        """
        def test_unseen(feishu):
            feishu.run("mybot")
            feishu.private("张三").say("张三", "坏了")

        def test_allowed(feishu):
            feishu.allow_failures()
            feishu.run("mybot")
            feishu.private("张三").say("张三", "坏了")
            assert feishu.failures[0].handler == "answer"

        def test_looked_for(feishu):
            feishu.run("mybot")
            feishu.private("张三").say("张三", "坏了").replies[0]
        """
    )
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=2, passed=1, errors=0)
    result.stdout.fnmatch_lines(
        [
            '>*raise ValueError("wrong number")',
            "mybot.py:9: ValueError",
            "E*BotFailed: something went wrong in the bot*",
        ]
    )
    result.stdout.no_fnmatch_line("*worker.py:*")


def test_who_does_not_use_it_does_not_pay_for_it() -> None:
    """Every pytest run on a machine that has Larkgate loads the plugin."""
    code = (
        "import sys, larkgate.testing.plugin\n"
        "loaded = {name for name in sys.modules if name.startswith('larkgate')}\n"
        "assert loaded == {'larkgate', 'larkgate.version', 'larkgate.testing',"
        " 'larkgate.testing.plugin'}, loaded\n"
        "assert not {'aiohttp', 'msgspec', 'asyncio'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_gateway_does_not_load_it() -> None:
    code = (
        "import sys, larkgate, larkgate.cli.commands, larkgate.gateway\n"
        "assert not [name for name in sys.modules if name.startswith('larkgate.testing')]\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_compares_with_no_answer_reads_why(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        from mybot import bot

        def test_not_mentioned(feishu):
            feishu.run(bot)
            assert feishu.group("研发群", "张三").say("张三", "hi").replies.texts == ["x"]

        def test_not_run(feishu):
            assert feishu.private("李四").say("李四", "hi").replies.texts == ["x"]
        """
    )
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=2)
    result.stdout.re_match_lines([r"  张三: hi", r"    .*im:message\.group_msg"])
    result.stdout.re_match_lines([r"  李四: hi", r"    im\.message\.receive_v1 .*"])


def test_a_mistake_in_the_test_is_shown_at_its_line(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        def test_nobody(feishu):
            feishu.group("研发群", "张三").say("王五", "hi")

        def test_no_bot(feishu):
            feishu.run(42)
        """
    )
    result = project.runpytest_subprocess(*QUIET)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*WorldError: *王五*张三", "*SettingsError: *42*int*Bot"])
    result.stdout.no_fnmatch_line("*def person_named*")
    result.stdout.no_fnmatch_line("*def load_app*")
