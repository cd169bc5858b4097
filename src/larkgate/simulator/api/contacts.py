"""Calls about people (official documents "批量获取用户基本信息", "获取单个用户信息")."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.directory import Directory, id_type_of
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import CONTACTS, PROFILES, USER_ID, USER_NAMES
from larkgate.simulator.world import Person, World

__all__ = ["Contacts"]

_UNKNOWN = 41012
_OUT_OF_RANGE = 41050
_FIVE_A_SECOND = ((5, 1.0),)


class _Batch(Struct):
    user_ids: Annotated[list[str], Meta(min_length=1, max_length=10)]


class Contacts:
    """What an app is told of people: names to all that may ask, more within its availability."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._directory = Directory(world)

    def calls(self) -> tuple[Call, ...]:
        batch = "/contact/v3/users/basic_batch"
        return (
            Call("POST", batch, self._batch, PROFILES, _FIVE_A_SECOND),
            Call("GET", "/contact/v3/users/{user_id}", self._get, CONTACTS),
        )

    def _batch(self, asked: Asked) -> dict[str, object]:
        people = [self._person(asked, each) for each in asked.json(_Batch).user_ids]
        users = [
            {
                "user_id": self._directory.id_of(asked, each),
                "name": each.name,
                "i18n_name": {"zh_cn": each.name, "en_us": "", "ja_jp": ""},
            }
            for each in people
        ]
        return {"data": {"users": users}}

    def _get(self, asked: Asked) -> dict[str, object]:
        person = self._person(asked, asked.path["user_id"])
        if not asked.app.is_visible_to(person.name):
            raise Refused(_OUT_OF_RANGE)
        return {"data": {"user": self._shown(asked, person)}}

    def _person(self, asked: Asked, value: str) -> Person:
        person = self._directory.person(asked.app, id_type_of(asked), value)
        if person is None or person.tenant_key != asked.app.tenant_key:
            raise Refused(_UNKNOWN)
        return person

    def _shown(self, asked: Asked, person: Person) -> dict[str, object]:
        app = asked.app
        shown: dict[str, object] = {
            "open_id": self._world.open_id(person, app),
            "union_id": person.union_id,
        }
        if app.may(USER_ID):
            shown["user_id"] = person.id
        if app.may(USER_NAMES):
            shown |= {"name": person.name, "en_name": "", "avatar": {}}
        return shown
