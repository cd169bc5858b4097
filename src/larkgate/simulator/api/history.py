"""Calls that read messages (official documents "获取指定消息的内容", "获取会话历史消息")."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from typing import NamedTuple

from larkgate.simulator.api.calls import Asked, Call, invalid_field
from larkgate.simulator.api.directory import id_type_of
from larkgate.simulator.api.reach import message_of
from larkgate.simulator.apps import App
from larkgate.simulator.cards import Cards
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import GROUP_MESSAGES, HISTORY, READ
from larkgate.simulator.shapes import api_message
from larkgate.simulator.world import Chat, Message, World

__all__ = ["History"]

_NO_BOT = 230006
_PAGE = 50
_ORDERS = {"ByCreateTimeAsc": 1, "ByCreateTimeDesc": -1}
_TIME_DIGITS = 12


class _Span(NamedTuple):
    """Messages from `start` to `end`, in s since 1970, both included."""

    start: int
    end: int

    def holds(self, message: Message) -> bool:
        return self.start <= message.created // 1000 <= self.end


class History:
    """One message, or those of a chat or a thread, page by page."""

    def __init__(self, world: World, cards: Cards) -> None:
        self._world = world
        self._cards = cards

    def calls(self) -> tuple[Call, ...]:
        one = "/im/v1/messages/{message_id}"
        return (
            Call("GET", "/im/v1/messages", self._list, HISTORY, no_bot=_NO_BOT),
            Call("GET", one, self._get, READ, no_bot=_NO_BOT),
        )

    def _get(self, asked: Asked) -> dict[str, object]:
        """Of a merged forward also all its parts. An app always may read what it wrote."""
        message = message_of(self._world, asked)
        if message.sender is not asked.app:
            _check_group(asked.app, self._world.chats[message.chat_id])
        shown = self._shown(asked)
        return {"data": {"items": [shown(each) for each in (message, *_parts(message))]}}

    def _list(self, asked: Asked) -> dict[str, object]:
        chat, belongs = self._container(asked)
        if asked.app not in chat.members:
            raise Refused(230002)
        _check_group(asked.app, chat)
        span = _Span(_seconds(asked, "start_time", 0), _seconds(asked, "end_time", 10**11))
        found, token = _page(
            asked,
            chat.messages,
            lambda message: belongs(message) and span.holds(message) and not message.deleted,
        )
        items = list(map(self._shown(asked), found))
        return {"data": {"has_more": bool(token), "page_token": token, "items": items}}

    def _container(self, asked: Asked) -> tuple[Chat, Callable[[Message], bool]]:
        """The chat to look into, and what of it is wanted."""
        kind = asked.query.get("container_id_type", "")
        container = asked.query.get("container_id", "")
        if kind == "chat":
            if (chat := self._world.chats.get(container)) is None:
                raise Refused(230001, "ext=invalid container_id")
            only_roots = asked.query.get("only_thread_root_messages") == "true"
            everything = chat.mode == "topic" and not only_roots
            return chat, lambda message: everything or self._is_outside_threads(message)
        if kind != "thread":
            raise invalid_field("container_id_type", kind, "container_id_type is not valid")
        if (root := self._world.threads.get(container)) is None:
            raise Refused(230019)
        return self._world.chats[root.chat_id], lambda message: message.thread == container

    def _is_outside_threads(self, message: Message) -> bool:
        """Of a thread in a group of the usual kind its first message only."""
        return not message.thread or self._world.threads[message.thread] is message

    def _shown(self, asked: Asked) -> Callable[[Message], dict[str, object]]:
        id_type = id_type_of(asked)
        in_full = asked.query.get("card_msg_content_type") == "user_card_content"
        return lambda message: api_message(
            self._world,
            asked.app,
            message,
            id_type=id_type,
            card=self._cards.of(message) if in_full else None,
        )


def _check_group(app: App, chat: Chat) -> None:
    """The words: captured answers, as public clients read them."""
    if chat.mode != "p2p" and not app.may(GROUP_MESSAGES):
        raise Refused(230027, f"ext=need scope: {GROUP_MESSAGES[0][0]}")


def _parts(message: Message) -> Iterator[Message]:
    for part in message.parts:
        yield part
        yield from _parts(part)


def _page(
    asked: Asked, messages: list[Message], wanted: Callable[[Message], bool]
) -> tuple[list[Message], str]:
    """A page and the token of the next.

    A token is a place in the chat, where messages are only ever appended: those that come in
    between move no page.
    """
    size = asked.number("page_size", 20, 1, _PAGE)
    step = _step(asked)
    place = _place(asked, step)
    if place is None:
        place = 0 if step > 0 else len(messages) - 1
    found: list[Message] = []
    while 0 <= place < len(messages):
        if wanted(messages[place]):
            if len(found) == size:
                return found, base64.urlsafe_b64encode(f"{step}:{place}".encode()).decode()
            found.append(messages[place])
        place += step
    return found, ""


def _step(asked: Asked) -> int:
    order = asked.query.get("sort_type", "") or "ByCreateTimeAsc"
    if order not in _ORDERS:
        raise invalid_field("sort_type", order, "sort_type is not valid")
    return _ORDERS[order]


def _place(asked: Asked, step: int) -> int | None:
    """Where the page begins; a token holds for one order (official document: the order cannot be
    changed between pages)."""
    if not (token := asked.query.get("page_token", "")):
        return None
    try:
        order, place = base64.urlsafe_b64decode(token.encode()).decode().split(":")
        if int(order) != step:
            raise ValueError
        return int(place)
    except (ValueError, binascii.Error):
        raise Refused(230001, "ext=invalid page_token") from None


def _seconds(asked: Asked, name: str, default: int) -> int:
    text = asked.query.get(name, "") or str(default)
    if not (text.isascii() and text.isdecimal() and len(text) <= _TIME_DIGITS):
        raise Refused(230001, f"ext=invalid {name}")
    return int(text)
