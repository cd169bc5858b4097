"""The app as a gateway gets it: light to import, what it says at start, its one handler."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest

from larkgate.apps.support import LlmSettings, Settings, build, describe, samples
from larkgate.bot import App
from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.errors import SettingsError
from larkgate.secret import Secret

QWEN = LlmSettings(provider="qwen", api_key=Secret("sk-test"))


def built(settings: Settings) -> App:
    clock = SystemClock()
    return build(settings, dialer=Dialer(clock), clock=clock)


def events(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    return [(record.levelno, vars(record)["event"]) for record in caplog.records]


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def test_it_keeps_the_name_and_scope_it_is_given() -> None:
    app = built(Settings(name="after-sales", scope="topic", chats=("oc_1",), llm=QWEN))
    assert (app.name, app.scope) == ("after-sales", "topic")
    assert app.chats == {"oc_1"}
    assert built(Settings(llm=QWEN)).scope == "person"


def test_it_has_one_handler_that_wants_the_session() -> None:
    (handler,) = built(Settings(llm=QWEN)).handlers
    assert handler.wants == {"session"}
    assert not handler.blocking


def test_the_banner_is_told_what_was_loaded() -> None:
    app = built(Settings(llm=QWEN))
    assert app.about == describe(samples()) == "60 work orders (samples)"


def test_without_a_key_ai_is_off_and_that_is_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    built(Settings())
    built(Settings(llm=LlmSettings(provider="qwen")))
    assert events(caplog) == [(logging.WARNING, "support.ai_off")] * 2
    assert "LLM_PROVIDER, LLM_API_KEY" in caplog.records[0].getMessage()
    assert "LLM_PROVIDER" not in caplog.records[1].getMessage()


def test_with_a_model_nothing_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    built(Settings(llm=QWEN))
    assert events(caplog) == []


def test_an_unknown_provider_stops_it() -> None:
    with pytest.raises(SettingsError, match="qwen, deepseek, openai, ollama, vllm, custom"):
        built(Settings(llm=LlmSettings(provider="qwem")))


BUILD = """
import logging, sys
{before}
from larkgate.apps.support import LlmSettings, Settings, build
from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.secret import Secret
logging.basicConfig(format="%(levelname)s %(message)s")
llm = LlmSettings(provider="qwen", api_key=Secret("sk-test"))
build(Settings(llm=llm), dialer=Dialer(SystemClock()), clock=SystemClock())
{after}
"""


def test_the_extra_is_named_when_it_is_missing() -> None:
    said = python(BUILD.format(before="sys.modules['openai'] = None", after=""))
    assert said.startswith("WARNING ")
    assert "pip install openai" in said


def test_building_it_imports_no_model_library() -> None:
    heavy = "print(sorted({'openai', 'pydantic', 'httpx', 'httpx2', 'tantivy'} & set(sys.modules)))"
    assert python(BUILD.format(before="", after=heavy)) == "[]\n"
