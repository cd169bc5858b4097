"""Which value counts, where it came from, and what is refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from settings_home import Home, spoken

from larkgate import config
from larkgate.config import language_of
from larkgate.secret import Secret

ACCOUNT = '[feishu]\napp_id = "cli_1"\napp_secret = "hush-hush"\n'


def test_nothing_at_all_gives_the_defaults(tmp_path: Path) -> None:
    found = Home(tmp_path).load()
    assert found.home == tmp_path
    assert found.files == ()
    assert found.accounts == ()
    assert found.apps == ()
    assert found.gateway.data == tmp_path / "data" / "larkgate"
    assert found.gateway.stop_deadline == 8.0
    assert found.gateway.threads == 128
    assert found.store.path == tmp_path / "data" / "larkgate" / "larkgate.db"
    assert found.store.synchronous == "FULL"
    assert found.log.file == tmp_path / "logs" / "larkgate.log"
    assert (found.http.host, found.http.port) == ("127.0.0.1", 8321)
    assert not found.notes
    assert {str(row.source) for row in found.rows} == {"default"}
    assert {row.check.verdict for row in found.rows} == {"ok"}


def test_the_file_then_env_then_the_environment(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": '[log]\nlevel = "ERROR"'})
    assert home.load().log.level == "ERROR"
    assert home.row("log.level").source == "larkgate.toml"
    home.write(".env", "LOG_LEVEL=warn\n")
    assert home.load().log.level == "WARNING"
    assert home.row("log.level").source == ".env"
    assert home.load({"LOG_LEVEL": "debug"}).log.level == "DEBUG"
    assert spoken(home.row("log.level", {"LOG_LEVEL": "debug"}).source) == (
        "环境变量",
        "environment",
    )


def test_an_empty_variable_is_as_good_as_none(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": '[log]\nlevel = "ERROR"', ".env": "LOG_LEVEL=\n"})
    assert home.load({"LOG_LEVEL": " "}).log.level == "ERROR"


def test_a_variable_in_env_without_a_value_is_none(tmp_path: Path) -> None:
    assert Home(tmp_path, {".env": "LOG_LEVEL\n"}).load().log.level == "INFO"


def test_a_dollar_sign_in_env_means_itself(tmp_path: Path) -> None:
    home = Home(tmp_path, {".env": "SMTP_PASSWORD=a$HOME${HOME}#b"})
    assert home.load({"HOME": "x"}).mail.password == Secret("a$HOME${HOME}#b")


def test_relative_paths_start_at_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    Home(tmp_path / "etc", {"my.toml": '[gateway]\ndata = "d"\n', ".env": "LOG_FILE=l/bot.log"})
    found = Home(tmp_path).load(file=Path("etc/my.toml"))
    assert found.gateway.data == tmp_path / "etc" / "d"
    assert found.store.path == tmp_path / "etc" / "d" / "larkgate.db"
    assert found.log.file == tmp_path / "etc" / "l" / "bot.log"
    assert found.files == (tmp_path / "etc" / "my.toml", tmp_path / "etc" / ".env")


def test_an_absolute_path_stays(tmp_path: Path) -> None:
    found = Home(tmp_path / "elsewhere").load({"LARKGATE_DATA": str(tmp_path / "d")})
    assert found.gateway.data == tmp_path / "d"


def test_no_log_file_when_it_is_empty(tmp_path: Path) -> None:
    assert Home(tmp_path, {"larkgate.toml": '[log]\nfile = ""'}).load().log.file is None


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C.UTF-8", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "de_DE"}, "zh"),
        ({"LARKGATE_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LARKGATE_LANG": "zh-CN"}, "zh"),
    ],
)
def test_language(tmp_path: Path, environment: dict[str, str], language: str) -> None:
    assert Home(tmp_path).load(environment).gateway.language == language
    assert language_of(environment) == language
    assert Home(tmp_path).row("gateway.language", environment).value == language


def test_proxies_in_either_case(tmp_path: Path) -> None:
    home = Home(tmp_path, {".env": "https_proxy=http://env:1\nALL_PROXY=socks5://env:2"})
    proxies = home.load(
        {"HTTPS_PROXY": "http://outer:1", "NO_PROXY": "corp", "no_proxy": "lower"}
    ).proxies
    assert proxies.https == "http://outer:1"
    assert proxies.all == "socks5://env:2"
    assert proxies.no_proxy == "lower"


# Accounts


def test_variables_alone_make_an_account(tmp_path: Path) -> None:
    variables = {"FEISHU_APP_ID": "cli_1", "FEISHU_APP_SECRET": "s", "FEISHU_DOMAIN": "lark"}
    (account,) = Home(tmp_path).load(variables, need_account=True).accounts
    assert (account.app_id, account.name) == ("cli_1", "cli_1")
    assert account.domain == "https://open.larksuite.com"


def test_one_table_or_several(tmp_path: Path) -> None:
    second = '[[feishu]]\nname = "two"\napp_id = "cli_2"\napp_secret = "s2"\n'
    home = Home(tmp_path, {"larkgate.toml": ACCOUNT.replace("[feishu]", "[[feishu]]") + second})
    variables = {"FEISHU_APP_SECRET": "of the first", "FEISHU_DOMAIN": "http://127.0.0.1:9/"}
    one, two = home.load(variables).accounts
    assert (one.app_id, one.app_secret) == ("cli_1", Secret("of the first"))
    assert one.domain == "http://127.0.0.1:9"
    assert (two.name, two.app_secret, two.domain) == ("two", Secret("s2"), "https://open.feishu.cn")
    assert home.row("feishu[2].name").value == "two"


def test_no_account_says_what_to_do(tmp_path: Path) -> None:
    sentence = Home(tmp_path).refusal({"FEISHU_DOMAIN": "lark"}, need_account=True)
    assert "FEISHU_APP_ID and FEISHU_APP_SECRET" in sentence
    assert "larkgate demo" in sentence


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('[feishu]\napp_id = "cli_1"', ("[feishu]", "cli_1", "no app_secret", "FEISHU_APP_SECRET")),
        ('[feishu]\napp_secret = "canary"', ("[feishu]", "no app_id", "FEISHU_APP_ID")),
        (f'{ACCOUNT}[[app]]\nkind="support"', ()),
        (
            '[[feishu]]\napp_id="a"\napp_secret="canary"\n[[feishu]]\nname="b"',
            ("[feishu[2]]", "no app_id"),
        ),
        (
            '[[feishu]]\napp_id="a"\napp_secret="canary"\n[[feishu]]\napp_id="a"\napp_secret="c"',
            ("Two [[feishu]] have the app_id a",),
        ),
        (
            '[[feishu]]\napp_id="a"\napp_secret="canary"\n[[feishu]]\nname="a"\napp_id="b"\n'
            'app_secret="c"',
            ("Two [[feishu]] have the name a",),
        ),
    ],
)
def test_accounts_must_be_whole(tmp_path: Path, toml: str, words: tuple[str, ...]) -> None:
    home = Home(tmp_path, {"larkgate.toml": toml})
    if not words:
        home.load(need_account=True)
        return
    sentence = home.refusal(need_account=True)
    assert all(word in sentence for word in words), sentence
    assert "canary" not in sentence


# What is refused


@pytest.mark.parametrize(
    ("toml", "sentence"),
    [
        (
            '[store]\nsyncronous = "FULL"',
            "larkgate.toml: [store] has no setting 'syncronous'; did you mean synchronous?",
        ),
        (
            "[http]\nzzz = 1",
            "larkgate.toml: [http] has no setting 'zzz'; known are host, port.",
        ),
        ("[stor]\n", "larkgate.toml: there is no table 'stor'; did you mean [store]?"),
        (
            'app_id = "canary"',
            "larkgate.toml: 'app_id' stands outside every table; move it below its table: "
            "[feishu].",
        ),
        (
            "store = 3",
            "larkgate.toml: store is a table: write [store], and its settings on the lines below.",
        ),
        (
            "feishu = ['x']",
            "larkgate.toml: feishu is a table: write [feishu], and its settings on the lines "
            "below.",
        ),
        (
            "[http]\nport = 70000",
            "larkgate.toml: [http] port cannot be '70000': it must be a whole number from 0 to "
            "65535.",
        ),
        (
            "[log]\nlevel = 'loud'",
            "larkgate.toml: [log] level cannot be 'loud': it must be one of DEBUG, INFO, WARNING, "
            "ERROR, CRITICAL.",
        ),
        (
            "[llm]\napi_key = 123456",
            "larkgate.toml: [llm] api_key cannot be '***': it must be a text (kept secret).",
        ),
        (
            "[llm]\nbase_url = 'http://me:canary@host:99999'",
            "larkgate.toml: [llm] base_url cannot be 'http://***@host:99999': it must be an http "
            "or https address.",
        ),
    ],
)
def test_our_own_file_must_make_sense(tmp_path: Path, toml: str, sentence: str) -> None:
    assert Home(tmp_path, {"larkgate.toml": toml}).refusal() == sentence


def test_a_bad_variable_is_named_with_its_place(tmp_path: Path) -> None:
    home = Home(tmp_path, {".env": "SMTP_PORT=many"})
    expected = "cannot be 'many': it must be a whole number from 1 to 65535."
    assert home.refusal() == f".env: SMTP_PORT {expected}"
    assert home.refusal({"SMTP_PORT": "many"}) == f"environment: SMTP_PORT {expected}"


def test_an_unknown_variable_of_ours(tmp_path: Path) -> None:
    sentence = "'LARKGATE_DATE' is no variable of Larkgate; did you mean LARKGATE_DATA?"
    assert Home(tmp_path).refusal({"LARKGATE_DATE": "x"}) == f"environment: {sentence}"
    home = Home(tmp_path, {".env": "LARKGATE_DATE="})
    assert home.refusal() == f".env: {sentence}"


def test_other_variables_belong_to_other_programs(tmp_path: Path) -> None:
    Home(tmp_path, {".env": "SECRET_KEY=x\nFLASK_ENV=y\nnot a line\n"}).load({"PATH": "/bin"})


def test_a_long_value_is_not_shown_whole(tmp_path: Path) -> None:
    assert len(Home(tmp_path).refusal({"LOG_LEVEL": "x" * 10_000})) < 300


def test_of_two_errors_in_one_setting_the_first_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": '[feishu]\napp_id = "cli_1"\napp_secret = 5'})
    assert home.refusal() == (
        "larkgate.toml: [feishu] app_secret cannot be '***': it must be a text (kept secret)."
    )


def test_a_value_is_shown_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": '[log]\nlevel = "a\\nb"'})
    assert home.row("log.level").value == "a\ufffdb"


def test_every_error_has_its_row(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": "[http]\nport=-1\nzzz=1\n[store]\nsynchronous=0\n"})
    found = config.read(tmp_path, {"LARKGATE_X": "1"}, need_account=False)
    failed = [row.name for row in found.rows if row.check.verdict == "failed"]
    assert sorted(failed) == ["LARKGATE_X", "http.port", "http.zzz", "store.synchronous"]
    assert found.http.port == 8321
    assert home.row("http.port").value == "-1"


# Secrets


def test_secrets_are_nowhere_to_be_seen(tmp_path: Path) -> None:
    variables = {
        "FEISHU_APP_ID": "cli_1",
        "FEISHU_APP_SECRET": "canary-1",
        "FEISHU_ENCRYPT_KEY": "canary-2",
        "FEISHU_VERIFICATION_TOKEN": "canary-3",
        "LLM_API_KEY": "canary-4",
        "SMTP_PASSWORD": "canary-5",
        "HTTPS_PROXY": "http://user:canary-6@proxy:1",
        "ALL_PROXY": "user:canary-7@proxy:1",
        "DATABASE_URL": "postgresql+psycopg2://me:canary-8@db/x",
    }
    home = Home(tmp_path)
    found = home.load(variables)
    shown = [f"{row} {row.value} {row.check.cause}" for row in config.check(found)]
    shown += [*map(str, found.notes), repr(found)]
    assert "canary" not in "\n".join(shown)
    assert {secret.reveal() for secret in found.secrets} == {f"canary-{n}" for n in range(1, 9)}
    assert home.row("feishu.app_secret", variables).value == "***"
    assert home.row("proxy.https", variables).value == "http://***@proxy:1"
