"""What people do, over HTTP: the part of the control API that changes the world."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from larkgate import texts
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.platform import Platform
from larkgate.simulator.views import Views
from larkgate.simulator.world import Chat, Message, Person

__all__ = ["ActsControl"]

_LONGEST_NAME = 60


class _Act(Struct, forbid_unknown_fields=True, rename={"person": "as"}):
    person: str


class _Say(_Act):
    chat: str
    text: str
    reply_to: str = ""
    in_thread: bool = False


class _Send(_Act):
    chat: str
    kind: str
    content: dict[str, Any]
    reply_to: str = ""
    in_thread: bool = False


class _Post(_Act):
    chat: str
    paragraphs: list[str | list[dict[str, Any]]]
    title: str = ""
    reply_to: str = ""
    in_thread: bool = False


class _Forward(_Act):
    chat: str
    messages: list[str]


class _Edit(_Act):
    message: str
    text: str


class _Recall(_Act):
    message: str


class _React(_Act):
    message: str
    emoji: str
    remove: bool = False


class _Read(_Act):
    chat: str


class _Enter(_Act):
    app: str


class _Menu(_Act):
    app: str
    event_key: str


class _Click(_Act):
    card: str
    value: Any = None
    name: str | UnsetType = UNSET
    tag: str | UnsetType = UNSET
    option: str | UnsetType = UNSET
    options: list[str] | UnsetType = UNSET
    checked: bool | UnsetType = UNSET
    input_value: str | UnsetType = UNSET
    form_value: dict[str, Any] | UnsetType = UNSET


class _Press(_Act):
    card: str
    label: str
    form: dict[str, str | bool | list[str]] | None = None
    option: str | bool | list[str] | None = None
    text: str | None = None


class _Member(_Act):
    chat: str
    who: str
    remove: bool = False


class _Group(Struct, forbid_unknown_fields=True):
    name: str
    members: list[str]
    topics: bool = False


class _NewPerson(Struct, forbid_unknown_fields=True):
    name: str
    tenant: str = ""


class ActsControl:
    """The routes by which people act."""

    def __init__(self, platform: Platform, views: Views) -> None:
        self._platform = platform
        self._world = platform.world
        self._views = views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sim/say", self._say),
            web.post("/sim/send", self._send),
            web.post("/sim/post", self._post),
            web.post("/sim/forward", self._forward),
            web.post("/sim/edit", self._edit),
            web.post("/sim/recall", self._recall),
            web.post("/sim/react", self._react),
            web.post("/sim/read", self._read),
            web.post("/sim/enter", self._enter),
            web.post("/sim/menu", self._menu),
            web.post("/sim/click", self._click),
            web.post("/sim/press", self._press),
            web.post("/sim/people", self._add_person),
            web.post("/sim/groups", self._add_group),
            web.post("/sim/members", self._change_members),
        ]

    async def _say(self, request: web.Request) -> web.Response:
        say = await read_json(request, _Say)
        chat, person = self._chat(say.chat), self._person(say)
        message = self._platform.say(
            chat, person, say.text, reply_to=self._quoted(say.reply_to), in_thread=say.in_thread
        )
        return self._shown(message)

    async def _send(self, request: web.Request) -> web.Response:
        send = await read_json(request, _Send)
        message = self._platform.send(
            self._chat(send.chat),
            self._person(send),
            send.kind,
            send.content,
            reply_to=self._quoted(send.reply_to),
            in_thread=send.in_thread,
        )
        return self._shown(message)

    async def _post(self, request: web.Request) -> web.Response:
        post = await read_json(request, _Post)
        message = self._platform.send_post(
            self._chat(post.chat),
            self._person(post),
            post.paragraphs,
            title=post.title,
            reply_to=self._quoted(post.reply_to),
            in_thread=post.in_thread,
        )
        return self._shown(message)

    async def _forward(self, request: web.Request) -> web.Response:
        forward = await read_json(request, _Forward)
        messages = [self._world.message_with(each) for each in forward.messages]
        chat, person = self._chat(forward.chat), self._person(forward)
        return self._shown(self._platform.forward(messages, chat, person))

    async def _edit(self, request: web.Request) -> web.Response:
        edit = await read_json(request, _Edit)
        message = self._world.message_with(edit.message)
        self._platform.edit(message, self._person(edit), edit.text)
        return self._shown(message)

    async def _recall(self, request: web.Request) -> web.Response:
        recall = await read_json(request, _Recall)
        message = self._world.message_with(recall.message)
        self._platform.recall(message, self._person(recall))
        return self._shown(message)

    async def _react(self, request: web.Request) -> web.Response:
        react = await read_json(request, _React)
        message = self._world.message_with(react.message)
        act = self._platform.unreact if react.remove else self._platform.react
        act(message, self._person(react), react.emoji)
        return self._shown(message)

    async def _read(self, request: web.Request) -> web.Response:
        read = await read_json(request, _Read)
        self._platform.read(self._person(read), self._chat(read.chat))
        return json_answer({})

    async def _enter(self, request: web.Request) -> web.Response:
        enter = await read_json(request, _Enter)
        chat = self._platform.enter(self._person(enter), self._world.app_named(enter.app))
        return self._told(chat)

    async def _menu(self, request: web.Request) -> web.Response:
        menu = await read_json(request, _Menu)
        app = self._world.app_named(menu.app)
        self._platform.menu(self._person(menu), app, menu.event_key)
        return json_answer({})

    async def _click(self, request: web.Request) -> web.Response:
        click = await read_json(request, _Click)
        names = ("name", "tag", "option", "options", "checked", "input_value", "form_value")
        said = {name: getattr(click, name) for name in names}
        action = {name: value for name, value in said.items() if value is not UNSET}
        card, person = self._world.message_with(click.card), self._person(click)
        clicked = await self._platform.click(card, person, click.value, **action)
        return json_answer(clicked._asdict())

    async def _press(self, request: web.Request) -> web.Response:
        press = await read_json(request, _Press)
        card, person = self._world.message_with(press.card), self._person(press)
        clicked = await self._platform.press(
            card, person, press.label, form=press.form, option=press.option, text=press.text
        )
        return json_answer(clicked._asdict())

    async def _add_person(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _NewPerson)
        person = self._platform.person(_named(asked.name), asked.tenant)
        self._platform.changes.tell("person", person)
        return json_answer(self._views.show(person))

    async def _add_group(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _Group)
        members = [self._member(each) for each in asked.members]
        return self._told(self._platform.group(_named(asked.name), members, topics=asked.topics))

    async def _change_members(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _Member)
        chat, who = self._chat(asked.chat), self._member(asked.who)
        act = self._platform.remove_member if asked.remove else self._platform.add_member
        act(chat, who, by=self._person(asked))
        return json_answer(self._views.show(chat))

    def _chat(self, name: str) -> Chat:
        return self._world.chat_named(name)

    def _person(self, act: _Act) -> Person:
        return self._world.person_named(act.person)

    def _member(self, name: str) -> Any:
        """An app by its name or id, else a person."""
        apps = self._world.apps.values()
        found = [app for app in apps if name in (app.id, app.name)]
        return found[0] if len(found) == 1 else self._world.person_named(name)

    def _quoted(self, message_id: str) -> Message | None:
        return self._world.message_with(message_id) if message_id else None

    def _shown(self, message: Message) -> web.Response:
        return json_answer(self._views.message(message))

    def _told(self, chat: Chat) -> web.Response:
        self._platform.changes.tell("chat", chat)
        return json_answer(self._views.show(chat))


def _named(name: str) -> str:
    """Raises HTTPBadRequest for a name that nobody could read or type."""
    shown = name.strip()
    if not 0 < len(shown) <= _LONGEST_NAME:
        sentence = texts.say("simulator.bad_name", name=shown[:_LONGEST_NAME], limit=_LONGEST_NAME)
        raise web.HTTPBadRequest(text=sentence)
    return shown
