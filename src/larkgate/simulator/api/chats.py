"""Calls about chats.

Official documents: "获取用户或机器人所在的群列表", "获取群信息", "获取群成员列表",
"判断用户或机器人是否在群里"; shapes of members from lark-oapi 1.7.5 api/im/v1.
"""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.directory import Directory, id_type_of
from larkgate.simulator.api.pages import page
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import CHATS, MEMBERS
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Chat, Person, World

__all__ = ["Chats"]

_NO_BOT = 232025
_PAGE = 100
_CHAT = "/im/v1/chats/{chat_id}"


class Chats:
    """What an app is told of chats, its own and others."""

    def __init__(self, world: World, switches: Switches) -> None:
        self._world = world
        self._switches = switches
        self._directory = Directory(world)

    def calls(self) -> tuple[Call, ...]:
        return (
            Call("GET", "/im/v1/chats", self._list, CHATS, no_bot=_NO_BOT),
            Call("GET", _CHAT, self._get, CHATS, no_bot=_NO_BOT),
            Call("GET", f"{_CHAT}/members", self._members, MEMBERS, no_bot=_NO_BOT),
            Call("GET", f"{_CHAT}/members/is_in_chat", self._is_in, MEMBERS, no_bot=_NO_BOT),
        )

    def _list(self, asked: Asked) -> dict[str, object]:
        """The groups the app is in, oldest first."""
        groups = [
            chat
            for chat in self._world.chats.values()
            if chat.mode != "p2p" and asked.app in chat.members
        ]
        found, more = page(asked, groups, size=20, largest=_PAGE, bad_token=232001)
        items = [{"chat_id": each.id} | self._heading(asked, each) for each in found]
        return {"data": {"items": items, **more}}

    def _get(self, asked: Asked) -> dict[str, object]:
        """In full to a member; of a group of its tenant anybody is told what it is called."""
        chat = self._chat(asked)
        is_member = asked.app in chat.members
        if not is_member and chat.mode == "p2p":
            raise Refused(232011)
        return {"data": self._all(asked, chat) if is_member else _public(chat)}

    def _members(self, asked: Asked) -> dict[str, object]:
        """The people of a chat the app is in; bots are not listed."""
        chat, id_type = self._chat(asked), id_type_of(asked, "member_id_type")
        if asked.app not in chat.members:
            raise Refused(232011)
        if chat.dissolved:
            raise Refused(232009)
        found, more = page(asked, chat.people, size=20, largest=_PAGE, bad_token=232001)
        items = [
            {
                "member_id_type": id_type,
                "member_id": self._directory.id(asked.app, id_type, each),
                "name": each.name,
                "tenant_key": each.tenant_key,
            }
            for each in found
        ]
        return {"data": {"items": items, "member_total": len(chat.people), **more}}

    def _is_in(self, asked: Asked) -> dict[str, object]:
        return {"data": {"is_in_chat": asked.app in self._chat(asked).members}}

    def _chat(self, asked: Asked) -> Chat:
        """The one the path names.

        Raises:
            Refused: 232006 there is none, 232010 another tenant's, 232033 of several tenants.
        """
        if (chat := self._world.chats.get(asked.path["chat_id"])) is None:
            raise Refused(232006)
        if asked.app not in chat.members and chat.tenant_key != asked.app.tenant_key:
            raise Refused(232010)
        if chat.external and chat.mode != "p2p" and not self._switches.external_groups:
            raise Refused(232033)
        return chat

    def _all(self, asked: Asked, chat: Chat) -> dict[str, object]:
        managers = [
            (isinstance(each, Person), self._directory.id_of(asked, each)) for each in chat.managers
        ]
        return {
            **_public(chat),
            **self._heading(asked, chat),
            "user_manager_id_list": [each for is_person, each in managers if is_person],
            "bot_manager_id_list": [each for is_person, each in managers if not is_person],
            "group_message_type": "thread" if chat.mode == "topic" else "chat",
            "moderation_permission": chat.speakers,
        }

    def _heading(self, asked: Asked, chat: Chat) -> dict[str, object]:
        """What a list shows of a chat; one that is owned by a bot has no `owner_id`."""
        shown: dict[str, object] = {
            "avatar": "",
            "name": chat.name,
            "description": chat.description,
            "external": chat.external,
            "tenant_key": chat.tenant_key,
            "chat_status": _status(chat),
        }
        if isinstance(chat.owner, Person):
            shown["owner_id"] = self._directory.id_of(asked, chat.owner)
            shown["owner_id_type"] = id_type_of(asked)
        return shown


def _public(chat: Chat) -> dict[str, object]:
    return {
        "avatar": "",
        "name": chat.name,
        "description": chat.description,
        "chat_mode": chat.mode,
        "chat_type": "private",
        "external": chat.external,
        "tenant_key": chat.tenant_key,
        "user_count": str(len(chat.people)),
        "bot_count": str(len(chat.apps)),
        "chat_status": _status(chat),
    }


def _status(chat: Chat) -> str:
    return "dissolved" if chat.dissolved else "normal"
