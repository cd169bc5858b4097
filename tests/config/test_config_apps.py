"""An error inside one [[app]] stops only that app."""

from __future__ import annotations

from pathlib import Path

import pytest
from settings_home import Home

ACCOUNTS = """
[[feishu]]
app_id = "cli_1"
app_secret = "s"
name = "研发"
[[feishu]]
app_id = "cli_2"
app_secret = "s"
"""


def test_an_app_and_its_defaults(tmp_path: Path) -> None:
    (app,) = Home(tmp_path, {"larkgate.toml": '[[app]]\nkind = "support"'}).load().apps
    assert (app.kind, app.name) == ("support", "support")
    assert (app.accounts, app.chats, app.scope, app.error) == ((), (), None, None)


def test_accounts_are_named_by_name_or_app_id(tmp_path: Path) -> None:
    toml = f"""{ACCOUNTS}
    [app]
    kind = "support"
    name = "desk"
    accounts = ["研发", "cli_2"]
    chats = ["oc_1"]
    scope = "topic"
    """
    (app,) = Home(tmp_path, {"larkgate.toml": toml}).load().apps
    assert app.accounts == ("cli_1", "cli_2")
    assert (app.name, app.chats, app.scope, app.error) == ("desk", ("oc_1",), "topic", None)


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("", "[app[1]] has no kind: set kind to one of support."),
        (
            'kind = "support"\nname = "bad name!"',
            "larkgate.toml: [app] name cannot be 'bad name!': it must be "
            "letters, digits, - and _, at most 40.",
        ),
        (
            'kind = "suport"',
            "larkgate.toml: [app] kind cannot be 'suport': it must be one of support.",
        ),
        (
            'kind = "support"\nscop = "chat"',
            "larkgate.toml: [app] has no setting 'scop'; did you mean scope?",
        ),
        (
            'kind = "support"\nscope = "all"',
            "larkgate.toml: [app] scope cannot be 'all': it must be one of person, topic, chat.",
        ),
        (
            'kind = "support"\naccounts = ["cli_3"]',
            "[app[1]] accounts: no [[feishu]] has the name cli_3; did you mean cli_2?",
        ),
    ],
)
def test_what_is_wrong_is_kept_in_the_app(tmp_path: Path, lines: str, sentence: str) -> None:
    toml = f'{ACCOUNTS}[[app]]\n{lines}\n[[app]]\nkind = "support"\nname = "other"'
    found = Home(tmp_path, {"larkgate.toml": toml}).load()
    bad, good = found.apps
    assert good.error is None
    assert str(bad.error) == sentence
    (row,) = [row for row in found.rows if row.check.verdict == "warning"]
    assert row.name.startswith("app[1].")
    assert str(row.check.cause) == f"This app will not run. {sentence}"


@pytest.mark.parametrize(
    ("lines", "identified"),
    [
        ('kind = "support"', True),
        ('kind = "suport"\nname = "desk"', True),
        ('name = "desk"', True),
        ('kind = "suport"', False),
        ('kind = "support"\nname = "bad name!"', False),
        ('kind = "support"\nchats = 5', False),
        ('kind = "support"\naccounts = ["cli_3"]', False),
        ('kind = "suport"\nname = "desk"\nscop = "chat"', False),
    ],
)
def test_whether_it_is_certain_whom_it_serves(tmp_path: Path, lines: str, identified: bool) -> None:
    (app,) = Home(tmp_path, {"larkgate.toml": f"{ACCOUNTS}[[app]]\n{lines}"}).load().apps
    assert app.identified == identified


def test_an_app_makes_nothing_milder_outside_it(tmp_path: Path) -> None:
    toml = "[[app]]\nkind = 'x'\n[feishu]\napp_id = 5"
    home = Home(tmp_path, {"larkgate.toml": toml})
    assert home.refusal() == "larkgate.toml: [feishu] app_id cannot be '5': it must be a text."


def test_two_apps_of_one_name(tmp_path: Path) -> None:
    toml = '[[app]]\nkind = "support"\n[[app]]\nkind = "support"'
    first, second = Home(tmp_path, {"larkgate.toml": toml}).load().apps
    assert first.error is None
    assert str(second.error) == "Two [[app]] have the name support: change or remove one."


def test_an_app_of_a_kind_nobody_knows_keeps_its_name(tmp_path: Path) -> None:
    (app,) = Home(tmp_path, {"larkgate.toml": '[[app]]\nkind = "maibot"'}).load().apps
    assert (app.kind, app.name) == ("maibot", "maibot")


def test_no_variable_reaches_into_an_app(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": '[[app]]\nkind = "support"'})
    assert home.load({"NAME": "x", "KIND": "y"}).apps[0].name == "support"
