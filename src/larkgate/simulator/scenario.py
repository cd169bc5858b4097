"""A scenario: a world, what is wrong with it, and what happens when, in a TOML or JSON file.

people = ["张三"]
switches = { fragment_size = 512 }

[[apps]]
id = "cli_a1b2c3d4e5f60718"
secret = "demo-secret"
name = "机器人"

[[groups]]
name = "群"
members = ["张三", "机器人"]

[[script]]
at = 5
say = { chat = "群", as = "张三", text = "@机器人 在吗" }

[[script]]
at = 6
fault = { do = "drop" }
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from larkgate.errors import SettingsError
from larkgate.simulator.faults import Fault
from larkgate.simulator.world import WorldError

__all__ = ["Scenario", "Step", "parse", "read"]

_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_Name = Annotated[str, Meta(min_length=1, max_length=100)]
_Seconds = Annotated[float, Meta(ge=0, le=10 * 86400)]


class _Shape(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class PersonOf(_Shape, frozen=True):
    """A person of another company than the apps'."""

    name: _Name
    company: _Name


class NewApp(_Shape, frozen=True):
    """A well set up app, before `misconfigured` makes the mistakes it names."""

    id: _Name
    secret: _Name
    name: _Name
    group_messages: bool = False
    misconfigured: tuple[str, ...] = ()


class NewGroup(_Shape, frozen=True):
    """`members` are names of people and apps."""

    name: _Name
    members: tuple[str, ...]
    topics: bool = False


class NewBase(_Shape, frozen=True):
    """`tables` are fields with their types, by table: `{"工单": {"标题": "text"}}`."""

    name: _Name
    tables: dict[str, dict[str, str]]
    app: str = ""


class Say(_Shape, frozen=True, rename={"person": "as"}):
    """Into the `chat`, or to an app in private."""

    person: str
    text: str
    chat: str = ""
    to: str = ""
    reply_to: str = ""
    in_thread: bool = False


class React(_Shape, frozen=True, rename={"person": "as"}):
    message: str
    person: str
    emoji: str


class Press(_Shape, frozen=True, rename={"person": "as"}):
    """On the newest card an app has sent into the chat."""

    chat: str
    person: str
    label: str
    form: dict[str, Any] | None = None


class Mistake(_Shape, frozen=True):
    key: str
    app: str = ""


class Step(_Shape, frozen=True):
    """One thing that happens `at` so many seconds.

    Attributes:
        name: what later steps call the message that was said, or the fault.
        recall: the name of a message.
        heal: the name of a fault, or true for all.
        rotate_secret: the name of an app.
    """

    at: _Seconds
    name: str = ""
    say: Say | None = None
    recall: str | None = None
    react: React | None = None
    press: Press | None = None
    fault: Fault | None = None
    heal: str | bool | None = None
    switch: dict[str, Any] | None = None
    misconfigure: Mistake | None = None
    rotate_secret: str | None = None

    @property
    def acts(self) -> list[str]:
        """The names of what it does; there must be one."""
        chosen = (each for each in self.__struct_fields__ if each not in ("at", "name"))
        return [each for each in chosen if getattr(self, each) is not None]


class Scenario(_Shape, frozen=True):
    apps: tuple[NewApp, ...] = ()
    people: tuple[_Name | PersonOf, ...] = ()
    groups: tuple[NewGroup, ...] = ()
    bases: tuple[NewBase, ...] = ()
    switches: dict[str, Any] = {}
    faults: tuple[Fault, ...] = ()
    script: tuple[Step, ...] = ()

    @property
    def has_world(self) -> bool:
        return bool(self.apps or self.people or self.groups)


def read(file: Path) -> Scenario:
    """The scenario in a file: TOML, or JSON when its name ends so.

    Raises:
        SettingsError: it cannot be read, or is none; with file and key.
    """
    try:
        data = file.read_bytes()
        return parse(data, toml=file.suffix != ".json")
    except OSError as error:
        raise SettingsError("simulator.no_file", file=file, cause=error.strerror) from None
    except WorldError as error:
        raise SettingsError("simulator.bad_file", file=file, cause=error) from None


def parse(data: bytes, *, toml: bool) -> Scenario:
    """
    Raises:
        WorldError: it is no scenario; with the key that is wrong.
    """
    try:
        values = tomllib.loads(data.decode()) if toml else msgspec.json.decode(data)
        scenario = msgspec.convert(values, Scenario)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _wrong(str(error)) from None
    for at, step in enumerate(scenario.script):
        if len(step.acts) != 1:
            done = ", ".join(step.acts) or "-"
            raise WorldError("simulator.not_one_act", at=f"script[{at}]", acts=done)
    return scenario


def _wrong(problem: str) -> WorldError:
    """The place before the problem."""
    match = _PLACE.fullmatch(problem)
    where, problem = (match[2] or "$", match[1]) if match else ("$", problem)
    return WorldError("simulator.bad_scenario", where=where, problem=problem)
