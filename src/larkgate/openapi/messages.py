"""Sends and reads messages (official documents "Send message", "Reply to a message", "Obtain the
content of a message", "Message content")."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import msgspec

from larkgate.openapi.client import Client

__all__ = [
    "Content",
    "ReceiverType",
    "SentMessage",
    "WrittenMessage",
    "get",
    "receiver_type",
    "reply",
    "send",
    "text",
]

ReceiverType = Literal["chat_id", "open_id", "union_id", "user_id", "email"]

_BY_PREFIX: dict[str, ReceiverType] = {"oc_": "chat_id", "ou_": "open_id", "on_": "union_id"}


class Content(msgspec.Struct, frozen=True):
    """What a message holds: its type, and its content as the JSON text the platform takes."""

    msg_type: str
    content: str


class SentMessage(msgspec.Struct, frozen=True):
    """A message as the platform made it."""

    message_id: str
    chat_id: str = ""
    thread_id: str = ""
    root_id: str = ""
    parent_id: str = ""


class Author(msgspec.Struct, frozen=True):
    """`sender_type`: user, app, anonymous or unknown; `id` is an open_id or an app id."""

    id: str = ""
    sender_type: str = ""


class WrittenMessage(msgspec.Struct, frozen=True):
    """A message that somebody has written; `create_time` in milliseconds, as text."""

    message_id: str
    chat_id: str = ""
    create_time: str = ""
    sender: Author = Author()


class _Answer(msgspec.Struct):
    data: SentMessage


class _Items(msgspec.Struct):
    items: list[WrittenMessage] = []


class _Found(msgspec.Struct):
    data: _Items = msgspec.field(default_factory=_Items)


def text(words: str) -> Content:
    """A text message; the platform reads `<at user_id="ou_x"></at>` and links in it."""
    return Content("text", msgspec.json.encode({"text": words}).decode())


def receiver_type(receiver: str) -> ReceiverType:
    """What kind of id this is, by its look: oc_, ou_, on_, an address; else a user_id."""
    return _BY_PREFIX.get(receiver[:3], "email" if "@" in receiver else "user_id")


async def send(
    client: Client,
    receiver: str,
    content: Content,
    *,
    uuid: str | None = None,
    receive_id_type: ReceiverType | None = None,
) -> SentMessage:
    """Send a message into a chat or to a person.

    Within one hour the platform makes at most one message of calls with the same `uuid` (at most
    50 characters).

    Raises ApiError, DialError.
    """
    query = {"receive_id_type": receive_id_type or receiver_type(receiver)}
    body = {"receive_id": receiver, **_body(content, uuid)}
    answer = await client.call("POST", "/im/v1/messages", query=query, body=body, answer=_Answer)
    return answer.data


async def reply(
    client: Client,
    message_id: str,
    content: Content,
    *,
    in_thread: bool = False,
    uuid: str | None = None,
) -> SentMessage:
    """Reply to a message; `in_thread` opens a thread. A reply inside a thread always stays there.

    `uuid` as for `send`. Raises ApiError, DialError.
    """
    path = f"/im/v1/messages/{quote(message_id, safe='')}/reply"
    body = {"reply_in_thread": in_thread, **_body(content, uuid)}
    answer = await client.call("POST", path, body=body, answer=_Answer)
    return answer.data


async def get(client: Client, message_id: str) -> WrittenMessage | None:
    """Who wrote a message, where and when; None if there is no such message.

    Needs the scope im:message or im:message:readonly. Raises ApiError, DialError.
    """
    path = f"/im/v1/messages/{quote(message_id, safe='')}"
    found = await client.call("GET", path, answer=_Found)
    return next(iter(found.data.items), None)


def _body(content: Content, uuid: str | None) -> dict[str, str]:
    body = {"msg_type": content.msg_type, "content": content.content}
    return body if uuid is None else {**body, "uuid": uuid}
