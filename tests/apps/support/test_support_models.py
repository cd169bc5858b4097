"""Which model the settings choose, and what is said when they cannot mean any."""

from __future__ import annotations

import pytest

from larkgate.apps.support.models import PROVIDERS, choose
from larkgate.apps.support.settings import LlmSettings
from larkgate.errors import SettingsError
from larkgate.secret import Secret

KEY = Secret("sk-test")


def test_a_provider_gives_base_url_and_model() -> None:
    model = choose(LlmSettings(provider="qwen", api_key=KEY))
    assert model is not None
    assert str(model) == "qwen/qwen-plus-latest"
    assert model.base_url == "https://dashscope.aliyuncs.com/compatible-mode/v1"


def test_settings_go_before_the_provider() -> None:
    settings = LlmSettings(
        provider="DeepSeek", api_key=KEY, base_url="http://10.0.0.5/v1", model="r1"
    )
    model = choose(settings)
    assert model is not None
    assert str(model) == "deepseek/r1"
    assert model.base_url == "http://10.0.0.5/v1"


@pytest.mark.parametrize("provider", ["qwen", "deepseek", "openai"])
def test_without_the_key_it_needs_ai_is_off(provider: str) -> None:
    assert choose(LlmSettings(provider=provider)) is None


@pytest.mark.parametrize("provider", ["ollama", "vllm"])
def test_a_model_of_ones_own_needs_no_key(provider: str) -> None:
    model = choose(LlmSettings(provider=provider))
    assert model is not None
    assert model.base_url.startswith("http://127.0.0.1:")


def test_nothing_set_is_ai_off() -> None:
    assert choose(LlmSettings()) is None


def test_an_unknown_provider_is_one_sentence_that_lists_the_known() -> None:
    with pytest.raises(SettingsError) as caught:
        choose(LlmSettings(provider="chatgtp", api_key=KEY))
    assert "chatgtp" in str(caught.value)
    assert all(name in str(caught.value) for name in PROVIDERS)


def test_a_key_is_not_sent_to_a_provider_that_was_only_guessed() -> None:
    with pytest.raises(SettingsError, match="LLM_PROVIDER"):
        choose(LlmSettings(api_key=KEY))


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (LlmSettings(provider="custom"), "LLM_BASE_URL, LLM_MODEL"),
        (LlmSettings(provider="custom", base_url="http://10.0.0.5/v1"), "LLM_MODEL"),
        (LlmSettings(provider="custom", model="m"), "LLM_BASE_URL"),
    ],
)
def test_custom_needs_base_url_and_model(settings: LlmSettings, missing: str) -> None:
    with pytest.raises(SettingsError) as caught:
        choose(settings)
    assert missing in str(caught.value)


def test_a_base_url_without_scheme_is_refused() -> None:
    with pytest.raises(SettingsError, match="LLM_BASE_URL"):
        choose(LlmSettings(provider="qwen", api_key=KEY, base_url="dashscope.aliyuncs.com"))


def test_the_key_is_not_shown() -> None:
    assert "sk-test" not in repr(choose(LlmSettings(provider="qwen", api_key=KEY)))
