"""Playing a scenario: first its world, then its script, on the simulator's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from larkgate.errors import LarkgateError
from larkgate.simulator.apps import App
from larkgate.simulator.faults import Fault
from larkgate.simulator.platform import Platform
from larkgate.simulator.scenario import (
    Mistake,
    NewApp,
    NewBase,
    NewGroup,
    PersonOf,
    Press,
    React,
    Say,
    Scenario,
    Step,
)
from larkgate.simulator.trouble import aimed
from larkgate.simulator.world import Chat, Message, Person, WorldError

__all__ = ["play", "prepare"]

T = TypeVar("T")


def prepare(platform: Platform, scenario: Scenario) -> None:
    """Make its world, set its switches, inject its faults. Who and what is there already stays.

    Raises:
        WorldError: something in it names what is not there; with the key that does.
    """
    director = _Director(platform)
    _each("apps", scenario.apps, director.add_app)
    _each("people", scenario.people, director.add_person)
    _each("groups", scenario.groups, director.add_group)
    _each("bases", scenario.bases, director.add_base)
    _each("faults", scenario.faults, director.inject)
    with _at("switches"):
        director.switch(scenario.switches)
    _each("apps", scenario.apps, director.misconfigure)
    director.promised = {step.name for step in scenario.script if step.say and step.name}
    _each("script", scenario.script, director.check)


async def play(
    platform: Platform, scenario: Scenario, told: Callable[[str], object] = lambda line: None
) -> None:
    """Play the script to its end; each step is told when it happens.

    Raises:
        WorldError: a step cannot be done; with the key that says so.
    """
    director = _Director(platform)
    begun = platform.clock.monotonic()
    steps = sorted(enumerate(scenario.script), key=lambda each: each[1].at)
    try:
        async with asyncio.TaskGroup() as doing:
            for at, step in steps:
                await platform.clock.sleep(max(0.0, begun + step.at - platform.clock.monotonic()))
                told(f"{step.at:g} s  {step.acts[0]}")
                doing.create_task(_do(director, step, f"script[{at}].{step.acts[0]}"))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None


async def _do(director: _Director, step: Step, where: str) -> None:
    with _at(where):
        await director.do(step)


class _Director:
    """Does what a scenario says.

    Attributes:
        said: messages by the name their step gave them.
        injected: ids of faults, likewise.
        promised: the names messages will have.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._world = platform.world
        self.said: dict[str, Message] = {}
        self.injected: dict[str, str] = {}
        self.promised: set[str] = set()

    def add_app(self, app: NewApp) -> None:
        if app.id not in self._world.apps:
            made = self._platform.add_app(app.id, app.secret, app.name)
            if app.group_messages:
                made.grant("im:message.group_msg")

    def add_person(self, person: str | PersonOf) -> None:
        if isinstance(person, str):
            self._platform.person(person)
        else:
            self._platform.person(person.name, person.company)

    def add_group(self, group: NewGroup) -> None:
        members = [self._member(name) for name in group.members]
        if all(chat.name != group.name for chat in self._world.chats.values()):
            self._platform.group(group.name, members, topics=group.topics)

    def add_base(self, base: NewBase) -> None:
        app = self._world.app_named(base.app) if base.app else None
        self._platform.base(base.name, app=app, tables=base.tables)

    def misconfigure(self, app: NewApp) -> None:
        for key in app.misconfigured:
            self._platform.misconfigure(key, self._world.app_named(app.id))

    def inject(self, fault: Fault) -> str:
        [fault_id] = self._platform.faults.inject(aimed(fault, self._world))
        return fault_id

    def switch(self, switches: dict[str, object]) -> None:
        try:
            self._platform.switch(switches)
        except msgspec.ValidationError as error:
            raise WorldError("simulator.bad_body", error=error) from None

    def check(self, step: Step) -> None:
        """Whether all it names is there, or will be. Raises WorldError."""
        for name in _messages_of(step):
            if name not in self.promised:
                self._world.message_with(name)
        if step.say is not None:
            self._world.person_named(step.say.person)
            self._chat(step.say)
        if step.press is not None:
            self._world.person_named(step.press.person)
            self._world.chat_named(step.press.chat)
        if step.react is not None:
            self._world.person_named(step.react.person)
        if step.misconfigure is not None and step.misconfigure.app:
            self._world.app_named(step.misconfigure.app)
        if step.rotate_secret is not None:
            self._world.app_named(step.rotate_secret)

    async def do(self, step: Step) -> None:
        """Raises WorldError when it cannot be done."""
        match step:
            case Step(say=Say() as say):
                self._name(step.name, self._say(say))
            case Step(recall=str() as name):
                self._platform.recall(self._message(name))
            case Step(react=React() as react):
                person = self._world.person_named(react.person)
                self._platform.react(self._message(react.message), person, react.emoji)
            case Step(press=Press() as press):
                await self._press(press)
            case Step(heal=bool() | str() as fault):
                self._heal(fault)
            case Step(switch=dict() as switches):
                self.switch(switches)
            case Step(misconfigure=Mistake() as mistake):
                app = self._world.app_named(mistake.app) if mistake.app else None
                self._platform.misconfigure(mistake.key, app)
            case Step(rotate_secret=str() as name):
                self._platform.rotate_secret(self._world.app_named(name))
            case Step(fault=fault) if fault is not None:
                self.injected[step.name] = self.inject(fault)

    def _say(self, say: Say) -> Message:
        return self._platform.say(
            self._chat(say),
            self._world.person_named(say.person),
            say.text,
            reply_to=self._message(say.reply_to) if say.reply_to else None,
            in_thread=say.in_thread,
        )

    async def _press(self, press: Press) -> None:
        chat = self._world.chat_named(press.chat)
        card = _newest_card(chat)
        person = self._world.person_named(press.person)
        await self._platform.press(card, person, press.label, form=press.form)

    def _heal(self, fault: str | bool) -> None:
        if fault is True:
            self._platform.faults.heal()
        elif isinstance(fault, str):
            self._platform.faults.lift(self.injected.get(fault, fault))

    def _chat(self, say: Say) -> Chat:
        if say.to:
            person = self._world.person_named(say.person)
            return self._platform.p2p(person, self._world.app_named(say.to))
        return self._world.chat_named(say.chat)

    def _member(self, name: str) -> Person | App:
        apps = [app for app in self._world.apps.values() if name in (app.id, app.name)]
        return apps[0] if len(apps) == 1 else self._world.person_named(name)

    def _message(self, name: str) -> Message:
        return self.said[name] if name in self.said else self._world.message_with(name)

    def _name(self, name: str, message: Message) -> None:
        if name:
            self.said[name] = message


def _messages_of(step: Step) -> Iterator[str]:
    """What it calls the messages it is about."""
    if step.recall is not None:
        yield step.recall
    if step.react is not None:
        yield step.react.message
    if step.say is not None and step.say.reply_to:
        yield step.say.reply_to


def _newest_card(chat: Chat) -> Message:
    for message in reversed(chat.messages):
        if isinstance(message.sender, App) and message.kind == "interactive":
            return message
    raise WorldError("simulator.no_card_yet", chat=chat.name)


def _each(name: str, values: Iterable[T], do: Callable[[T], object]) -> None:
    for at, value in enumerate(values):
        with _at(f"{name}[{at}]"):
            do(value)


@contextmanager
def _at(where: str) -> Iterator[None]:
    """Errors in here name the key."""
    try:
        yield
    except LarkgateError as error:
        raise WorldError("simulator.bad_scenario", where=where, problem=error) from None
