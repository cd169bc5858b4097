"""The documentation lists every setting, as the table has it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from settings_home import Home, spoken
from settings_table import tables

from larkgate.config.table import SECTIONS, STORE_URL, variables
from larkgate.texts import Language

ROOT = Path(__file__).parent.parent.parent
PAGES: dict[Language, Path] = {
    "en": ROOT / "docs" / "settings.md",
    "zh": ROOT / "docs" / "settings.zh.md",
}
# The names people have already, from the programs Larkgate takes over from.
NAMES = (
    "FEISHU_APP_ID FEISHU_APP_SECRET FEISHU_DOMAIN FEISHU_ENCRYPT_KEY FEISHU_VERIFICATION_TOKEN "
    "DATABASE_URL LLM_PROVIDER LLM_API_KEY LLM_BASE_URL LLM_MODEL LOG_LEVEL SMTP_SERVER SMTP_PORT "
    "SMTP_USER SMTP_PASSWORD USE_TLS DAILY_REPORT_ENABLED DAILY_REPORT_CHAT_ID "
    "DAILY_REPORT_SEND_MODE DAILY_REPORT_RECIPIENTS HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY "
    "LARKGATE_DATA LARKGATE_LANG LOG_FILE"
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_setting_is_on_the_page(language: Language) -> None:
    page = PAGES[language].read_text("utf-8")
    for table in tables(language):
        assert f"\n{table}\n" in page, f"{PAGES[language].name} should hold:\n{table}"


def test_every_name_people_have_is_read() -> None:
    assert set(NAMES.split()) <= variables()


def test_every_setting_is_explained_in_both_languages() -> None:
    for section in SECTIONS:
        for setting in section.settings:
            assert all(spoken(section.about(setting)))
            assert all(spoken(setting.kind.expected))


def test_every_setting_has_its_field_and_every_field_its_setting() -> None:
    """The store's URL becomes a path, and what is wrong with an app is no setting."""
    for section in SECTIONS:
        fields = {field.name for field in msgspec.structs.fields(section.struct)}
        settings = {setting.key for setting in section.settings}
        assert settings - {STORE_URL.key} == fields - {"path", "postgres", "error", "identified"}


def test_the_example_is_read(tmp_path: Path) -> None:
    example = (ROOT / "larkgate.toml.example").read_bytes()
    found = Home(tmp_path, {"larkgate.toml": example}).load(need_account=True)
    assert found.apps[0].error is None


def test_the_example_is_read_without_its_comment_marks(tmp_path: Path) -> None:
    lines = (ROOT / "larkgate.toml.example").read_text("utf-8").splitlines()[3:]
    toml = "\n".join(line.removeprefix("# ") for line in lines)
    found = Home(tmp_path, {"larkgate.toml": toml}).load(need_account=True)
    assert found.llm.provider == "qwen"
    assert found.accounts[0].domain == "https://open.larksuite.com"
