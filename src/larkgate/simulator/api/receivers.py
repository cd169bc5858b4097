"""Whom a message may be sent to (official documents "发送消息", "回复消息": error codes)."""

from __future__ import annotations

from larkgate.simulator.api.calls import invalid_field
from larkgate.simulator.api.directory import Directory
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Chat, Person, World

__all__ = ["Receivers"]

_PREFIXES = {"chat_id": "oc_", "open_id": "ou_", "union_id": "on_"}
_ID_TYPES = {*_PREFIXES, "user_id", "email"}


class Receivers:
    """Finds the chat a message goes to, unless the platform would not let it."""

    def __init__(self, world: World, directory: Directory, switches: Switches) -> None:
        self._world = world
        self._directory = directory
        self._switches = switches

    def chat(self, app: App, id_type: str, receive_id: str) -> Chat:
        """The chat with this id, or the private one with the person of this id.

        Raises:
            Refused: 99992402, 230034, 230001, 99992351, 99992361: no such id; else as `check`.
        """
        if id_type not in _ID_TYPES:
            raise invalid_field("receive_id_type", id_type, "receive_id_type is not valid")
        if not _fits(id_type, receive_id):
            raise Refused(230034)
        if id_type == "chat_id":
            chat = self._world.chats.get(receive_id)
        else:
            chat = self._private(app, self._directory.person(app, id_type, receive_id))
        if chat is None:
            raise Refused(230001, "ext=invalid receive_id")
        self.check(app, chat)
        return chat

    def check(self, app: App, chat: Chat) -> None:
        """Whether this app may write there.

        Raises:
            Refused: 230002 not in the chat, 232009 dissolved, 230027 external, 230018 only the
                owner speaks, 230035 muted; in a private chat 230029 resigned, 230013 not
                available, 230038 another tenant, 230053 the bot is stopped.
        """
        if app not in chat.members:
            raise Refused(230002)
        if chat.dissolved:
            raise Refused(232009)
        if chat.mode == "p2p":
            self._check_person(app, chat.people[0], resigned=230029)
        elif chat.external and not self._switches.external_groups:
            raise Refused(230027)
        if chat.speakers == "only_owner" and not chat.is_run_by(app):
            raise Refused(230018)
        if chat.muted:
            raise Refused(230035)
        if chat.stopped:
            raise Refused(230053)

    def _private(self, app: App, person: Person | None) -> Chat | None:
        """A private chat does not come into being by a message that cannot be sent."""
        if person is None:
            return None
        self._check_person(app, person, resigned=230013)
        return self._world.p2p(person, app)

    def _check_person(self, app: App, person: Person, *, resigned: int) -> None:
        if person in self._world.resigned:
            raise Refused(resigned)
        if person.tenant_key != app.tenant_key:
            raise Refused(230038)
        if not app.is_visible_to(person.name):
            raise Refused(230013)


def _fits(id_type: str, receive_id: str) -> bool:
    """Whether it looks like an id of this kind."""
    if id_type == "email":
        return "@" in receive_id
    if prefix := _PREFIXES.get(id_type):
        return receive_id.startswith(prefix)
    return not receive_id.startswith(tuple(_PREFIXES.values()))
