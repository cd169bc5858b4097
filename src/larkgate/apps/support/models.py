"""Language models: who offers them, where, and which one the settings choose."""

from __future__ import annotations

import msgspec

from larkgate.apps.support.settings import LlmSettings
from larkgate.errors import SettingsError
from larkgate.secret import Secret

__all__ = ["PROVIDERS", "Model", "Provider", "choose"]


class Provider(msgspec.Struct, frozen=True):
    """A service that speaks OpenAI's `/chat/completions`."""

    base_url: str
    model: str
    needs_key: bool = True


PROVIDERS = {
    "qwen": Provider("https://dashscope.aliyuncs.com/compatible-mode/v1", "qwen-plus-latest"),
    "deepseek": Provider("https://api.deepseek.com", "deepseek-chat"),
    "openai": Provider("https://api.openai.com/v1", "gpt-4o-mini"),
    "ollama": Provider("http://127.0.0.1:11434/v1", "qwen2.5:7b", needs_key=False),
    "vllm": Provider("http://127.0.0.1:8000/v1", "Qwen/Qwen2.5-7B-Instruct", needs_key=False),
    "custom": Provider("", "", needs_key=False),
}


class Model(msgspec.Struct, frozen=True):
    """A model that can be called. `str()` names it as people know it: `qwen/qwen-plus-latest`."""

    provider: str
    name: str
    base_url: str
    api_key: Secret

    def __str__(self) -> str:
        return f"{self.provider}/{self.name}"


def choose(settings: LlmSettings) -> Model | None:
    """The model the settings ask for; None when they leave AI off.

    Raises SettingsError for settings that can never work.
    """
    name = settings.provider.strip().lower()
    if not name:
        _refuse_key_of_nobody(settings)
        return None
    provider = PROVIDERS.get(name)
    if provider is None:
        raise SettingsError("support.unknown_provider", value=settings.provider, known=_known())
    model = Model(
        name,
        settings.model or provider.model,
        settings.base_url or provider.base_url,
        settings.api_key,
    )
    _check(model)
    return model if settings.api_key or not provider.needs_key else None


def _refuse_key_of_nobody(settings: LlmSettings) -> None:
    # Sending a key to a provider that was only guessed would give it away.
    if settings.api_key:
        raise SettingsError("support.no_provider", known=_known())


def _check(model: Model) -> None:
    wanted = {"LLM_BASE_URL": model.base_url, "LLM_MODEL": model.name}
    if missing := [setting for setting, value in wanted.items() if not value]:
        raise SettingsError("support.custom_incomplete", missing=", ".join(missing))
    if not model.base_url.startswith(("http://", "https://")):
        raise SettingsError("support.bad_base_url", value=model.base_url)


def _known() -> str:
    return ", ".join(PROVIDERS)
