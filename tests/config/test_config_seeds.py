"""Settings files that people have already, as they wrote them, start unchanged."""

from __future__ import annotations

from pathlib import Path

from settings_home import Home

from larkgate import config
from larkgate.config import Config
from larkgate.secret import Secret

MAIBOT_TOML = """
[feishu]
app_id = "cli_xxxxx"
app_secret = "your_secret"

# 不需要以下配置：
# verification_token  ❌
# encrypt_key        ❌
# [adapter] 配置段   ❌
"""

MAIBOT_TOML_BEFORE = """
[feishu]
app_id = "cli_xxxxx"
app_secret = "your_secret"
verification_token = "xxxxx"
encrypt_key = ""

[adapter]
host = "0.0.0.0"
port = 9000

[maibot_server]
host = "localhost"
"""

ASSISTANT_ENV = """
# 飞书配置(必需)
FEISHU_APP_ID=cli_xxxxxxxxxxxxx # 你的飞书应用 ID
FEISHU_APP_SECRET=xxxxxxxxxxxxx # 你的飞书应用密钥

# 数据库配置
DATABASE_URL=sqlite:///./data/tsp_assistant.db

# LLM 配置
LLM_PROVIDER=qwen
LLM_API_KEY=sk-xxxxxxxxxxxxx
LLM_BASE_URL=https://dashscope.aliyuncs.com/compatible-mode/v1
LLM_MODEL=qwen-plus-latest
"""

ASSISTANT_ENV_LEVELS = """
LOG_LEVEL=DEBUG # 查看详细日志
LOG_LEVEL=INFO # 默认(推荐)
LOG_LEVEL=WARNING # 仅警告和错误
"""

PROXY_EXPORTS = """
export HTTP_PROXY=http://127.0.0.1:7890
export HTTPS_PROXY=http://127.0.0.1:7890
"""

MAILER_ENV = """
# 飞书机器人配置
FEISHU_APP_ID=cli_xxxxxxxxxxxxx
FEISHU_APP_SECRET=xxxxxxxxxxxxx
FEISHU_VERIFICATION_TOKEN=xxxxxxxxxxxxx
FEISHU_ENCRYPT_KEY=xxxxxxxxxxxxx

# 日报功能配置
DAILY_REPORT_ENABLED=True
DAILY_REPORT_CHAT_ID=oc_xxxxxxxxxxxxx  # 重要：配置目标群组ID
DAILY_REPORT_SEND_MODE=manual
DAILY_REPORT_RECIPIENTS=manager@example.com

# SMTP邮件配置
SMTP_SERVER=smtp.gmail.com
SMTP_PORT=587
SMTP_USER=your_email@gmail.com
SMTP_PASSWORD=your_app_password
USE_TLS=True
"""


def start(tmp_path: Path, name: str, content: str) -> Config:
    Home(tmp_path, {name: content})
    found = config.load(tmp_path, {})
    assert not [row for row in config.check(found) if row.check.verdict == "failed"]
    return found


def test_the_config_toml_of_a_maibot_adapter(tmp_path: Path) -> None:
    found = start(tmp_path, "config.toml", MAIBOT_TOML)
    (account,) = found.accounts
    assert (account.name, account.app_id) == ("cli_xxxxx", "cli_xxxxx")
    assert account.app_secret == Secret("your_secret")
    assert account.domain == "https://open.feishu.cn"
    assert not found.notes
    assert found.files == (tmp_path / "config.toml",)


def test_what_that_config_toml_held_before_is_named_once_as_not_needed(tmp_path: Path) -> None:
    found = start(tmp_path, "config.toml", MAIBOT_TOML_BEFORE)
    (note,) = found.notes
    assert str(note).endswith(": encrypt_key, verification_token, [adapter].")
    assert not [row for row in found.rows if "maibot_server" in row.name]


def test_the_env_of_an_assistant(tmp_path: Path) -> None:
    found = start(tmp_path, ".env", ASSISTANT_ENV)
    assert found.accounts[0].app_id == "cli_xxxxxxxxxxxxx"
    assert found.accounts[0].app_secret == Secret("xxxxxxxxxxxxx")
    assert (found.llm.provider, found.llm.model) == ("qwen", "qwen-plus-latest")
    assert found.llm.api_key == Secret("sk-xxxxxxxxxxxxx")
    assert found.llm.base_url == "https://dashscope.aliyuncs.com/compatible-mode/v1"
    assert found.log.level == "INFO"


def test_the_database_of_an_assistant_is_left_alone(tmp_path: Path) -> None:
    found = start(tmp_path, ".env", ASSISTANT_ENV)
    assert found.store.path == tmp_path / "data" / "larkgate" / "larkgate.db"
    (note,) = found.notes
    assert str(note).startswith("DATABASE_URL names another program's database")
    assert str(found.store.path) in str(note)
    assert not (tmp_path / "data" / "tsp_assistant.db").exists()


def test_of_a_variable_given_three_times_the_last_counts(tmp_path: Path) -> None:
    assert start(tmp_path, ".env", ASSISTANT_ENV + ASSISTANT_ENV_LEVELS).log.level == "WARNING"


def test_exported_proxies(tmp_path: Path) -> None:
    proxies = start(tmp_path, ".env", ASSISTANT_ENV + PROXY_EXPORTS).proxies
    assert (proxies.http, proxies.https) == ("http://127.0.0.1:7890", "http://127.0.0.1:7890")


def test_the_env_of_a_mail_forwarder(tmp_path: Path) -> None:
    found = start(tmp_path, ".env", MAILER_ENV)
    assert found.accounts[0].encrypt_key == Secret("xxxxxxxxxxxxx")
    assert found.report.enabled
    assert found.report.chat_id == "oc_xxxxxxxxxxxxx"
    assert found.report.send_mode == "manual"
    assert found.report.recipients == ("manager@example.com",)
    assert (found.mail.server, found.mail.port, found.mail.tls) == ("smtp.gmail.com", 587, True)
    assert found.mail.user == "your_email@gmail.com"
    assert found.mail.password == Secret("your_app_password")
    (note,) = found.notes
    assert str(note).endswith(": encrypt_key, verification_token.")


def test_what_no_app_uses_yet_says_so(tmp_path: Path) -> None:
    start(tmp_path, ".env", MAILER_ENV)
    for name in ("mail.server", "mail.password", "report.chat_id", "report.enabled"):
        cause = str(Home(tmp_path).row(name).check.cause)
        assert cause == "read; it is used by an app that this version does not have yet"


def test_placeholders_are_a_warning(tmp_path: Path) -> None:
    start(tmp_path, "config.toml", MAIBOT_TOML)
    for name in ("feishu.app_id", "feishu.app_secret"):
        check = Home(tmp_path).row(name).check
        assert (check.name, check.verdict) == (name, "warning")
        assert "placeholder" in str(check.cause)
