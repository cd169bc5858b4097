"""What people do with cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from larkgate.simulator.acts import Acts
from larkgate.simulator.apps import App
from larkgate.simulator.cards import Said
from larkgate.simulator.cards.controls import fields
from larkgate.simulator.clicks import Clicked
from larkgate.simulator.world import Message, Person, WorldError

__all__ = ["Entered", "Presses"]

_UNNAMED_FIELD = 200530

Entered = Said | Person | Sequence[Person]


class Presses(Acts):
    """People press buttons, choose, write and submit forms."""

    async def press(
        self,
        message: Message,
        person: Person,
        label: str,
        *,
        form: Mapping[str, Entered] | None = None,
        option: Entered | None = None,
        text: str | None = None,
    ) -> Clicked:
        """A person uses what has this label, name or element id on the card a message shows.

        A card in the answer is then what the message shows. Returns what the person gets, at the
        latest 3 s later.

        Args:
            form: what is entered, by label or name, before its button is pressed; the rest stays
                as the card has it.
            option: what is chosen: the value or label of an option, a day or time, a person, a
                tick, or several of them.
            text: what is written.

        Raises:
            WorldError: the message shows no card of an app, or nobody can do that on it.
        """
        card, app = self.cards.of(message), message.sender
        if card is None or not isinstance(app, App):
            raise WorldError("simulator.no_card", id=message.id)
        control = self.cards.control(card, label)
        if control.submits and not all(field.name for field in fields(card, control.form)):
            return Clicked(None, _UNNAMED_FIELD)
        entered = {name: self._said(app, said) for name, said in (form or {}).items()}
        action = self.cards.action(
            card,
            control,
            form=entered,
            option=self._said(app, option),
            text=text,
        )
        return await self.click(message, person, action.pop("value", None), **action)

    def _said(self, app: App, entered: Any) -> Any:
        """Apps know people by their open_id."""
        if isinstance(entered, Person):
            return self.world.open_id(entered, app)
        if isinstance(entered, (list, tuple)):
            return [self._said(app, each) for each in entered]
        return entered
