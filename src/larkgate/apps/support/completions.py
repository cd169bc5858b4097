"""Asks a language model through the `openai` package, over the process's own way out.

The package takes half a second and 40 MB, so it is imported on first use, in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import Any

from larkgate.apps.support.models import Model
from larkgate.clock import Clock
from larkgate.dial import Dialer
from larkgate.errors import DialError, LarkgateError

__all__ = ["Completions", "ModelError"]

_TIMEOUT = 30.0
_LONGEST = 4000  # characters of an answer that are kept
# What the dialer sets itself, or has already undone.
_NOT_SENT = {"host", "connection", "content-length", "accept-encoding"}
_NOT_KEPT = {"content-encoding", "content-length", "transfer-encoding"}


class ModelError(LarkgateError):
    """The model gave no answer that can be used."""


class Completions:
    """One model, asked for one answer at a time; any number may be asked at once."""

    def __init__(self, model: Model, dialer: Dialer, clock: Clock) -> None:
        self.model = model
        self._dialer = dialer
        self._clock = clock
        self._loaded: Any = None

    async def ask(self, messages: list[dict[str, str]]) -> str:
        """The model's answer, within 30 s. Raises ModelError, whatever went wrong."""
        try:
            completions = await self._load()
            answer = await completions.create(model=self.model.name, messages=messages)
            return self._text(answer)
        except ModelError:
            raise
        except Exception as error:
            # No chain: services quote keys and prompts in what they answer.
            raise self._explained(error) from None

    async def _load(self) -> Any:
        if self._loaded is None:
            with self._clock.busy():
                self._loaded = await asyncio.to_thread(self._import)
        return self._loaded

    def _import(self) -> Any:
        try:
            openai = import_module("openai")
            import_module("openai.resources.chat.completions")
        except ImportError:
            raise ModelError("support.extra_missing") from None
        # Its HTTP library has had two names: take the one it is built on.
        http = import_module(openai.DefaultAsyncHttpxClient.__base__.__module__.partition(".")[0])
        for library in (openai, http):  # some versions log bodies at DEBUG
            logging.getLogger(library.__name__).setLevel(logging.WARNING)
        client = openai.AsyncOpenAI(
            api_key=self.model.api_key.reveal() or "none",
            base_url=self.model.base_url,
            timeout=None,
            max_retries=0,
            http_client=http.AsyncClient(
                transport=_Transport(self._dialer, http.Response), trust_env=False, timeout=None
            ),
        )
        return client.chat.completions

    def _text(self, answer: Any) -> str:
        try:
            text = answer.choices[0].message.content
        except (AttributeError, IndexError, TypeError):
            text = None
        if not isinstance(text, str) or not text.strip():
            raise ModelError("support.ai_garbled", model=self.model)
        return text[:_LONGEST]

    def _explained(self, error: Exception) -> ModelError:
        status = getattr(error, "status_code", None)
        if status is not None:
            return ModelError("support.ai_refused", model=self.model, status=status)
        for cause in (error, error.__cause__):  # the package wraps it, or not, by its version
            if isinstance(cause, DialError):
                return ModelError("support.ai_no_answer", model=self.model, cause=cause)
        return ModelError("support.ai_garbled", model=self.model)


class _Transport:
    """The HTTP library's last step, taken by our dialer: its TLS, proxies and limits hold here."""

    def __init__(self, dialer: Dialer, response: Any) -> None:
        self._dialer = dialer
        self._response = response

    async def handle_async_request(self, request: Any) -> Any:
        headers = {n: v for n, v in request.headers.items() if n.lower() not in _NOT_SENT}
        answer = await self._dialer.request(
            request.method,
            str(request.url),
            headers=headers,
            body=await request.aread(),
            timeout=_TIMEOUT,
        )
        kept = [(n, v) for n, v in answer.headers.items() if n.lower() not in _NOT_KEPT]
        return self._response(answer.status, headers=kept, content=answer.body)

    async def aclose(self) -> None:
        """Nothing to close: the dialer is not ours."""
