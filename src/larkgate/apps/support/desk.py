"""The support desk: search finds the work orders, a model, if there is one, puts them in words."""

from __future__ import annotations

import logging
from typing import Any

import msgspec

from larkgate.apps.support.assistant import Answer, Assistant, named
from larkgate.apps.support.completions import Completions, ModelError
from larkgate.apps.support.dialogue import Dialogue
from larkgate.apps.support.grounding import cited, messages
from larkgate.apps.support.speech import say
from larkgate.texts import tell

__all__ = ["Desk"]

log = logging.getLogger(__name__)


class Desk:
    """Answers with and without a model; never fails because the model does."""

    def __init__(self, assistant: Assistant, completions: Completions | None = None) -> None:
        self._assistant = assistant
        self._completions = completions

    async def answer(self, text: str, state: dict[str, Any]) -> Answer:
        """As `Assistant.answer`; with a model this takes up to 30 s."""
        found = self._assistant.answer(text, state)
        if self._completions is None or not found.sources:
            return found
        try:
            return await self._written(found, self._completions, state)
        except ModelError as error:
            tell(log, logging.WARNING, error.key, **error.values)
            note = say(found.language, "support.ai_unavailable")
            return msgspec.structs.replace(found, text=f"{note}\n{found.text}")

    async def _written(
        self, found: Answer, completions: Completions, state: dict[str, Any]
    ) -> Answer:
        """What the model writes, named sources and all; an answer without one is none."""
        request = messages(found.question, found.earlier, found.candidates, found.language)
        text, sources = cited(await completions.ask(request), found.candidates)
        if not sources:
            raise ModelError("support.ai_ungrounded", model=completions.model)
        dialogue = Dialogue.recall(state)
        dialogue.offer(*(order.id for order in sources))
        dialogue.keep(state)
        text = f"{text}\n{named(sources, found.language)}"
        return msgspec.structs.replace(found, text=text, sources=sources)
