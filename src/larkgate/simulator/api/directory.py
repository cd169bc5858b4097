"""Whom an id means to an app."""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked, invalid_field
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.world import Person, World

__all__ = ["Directory", "id_type_of"]

_ID_TYPES = ("open_id", "union_id", "user_id")


def id_type_of(asked: Asked) -> str:
    """`user_id_type` of the query, `open_id` without one.

    Raises:
        Refused: 99992402, there is no such kind of id.
    """
    id_type = asked.query.get("user_id_type", "") or "open_id"
    if id_type not in _ID_TYPES:
        raise invalid_field("user_id_type", id_type, "user_id_type is not valid")
    return id_type


class Directory:
    """People and bots by the ids an app may use: `open_id`, `union_id`, `user_id`, `email`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def person(self, app: App, id_type: str, value: str) -> Person | None:
        """None: nobody has this id.

        Raises:
            Refused: 99992351 for an `open_id` of nobody, 99992361 for one of another app.
        """
        if id_type != "open_id":
            return self._person(id_type, value)
        who, viewer = self._world.actor(value) or (None, None)
        if who is None:
            raise Refused(99992351, f": [{value}]")
        if viewer is not app:
            raise Refused(99992361)
        return who if isinstance(who, Person) else None

    def mentioned(self, app: App, value: str) -> Person | App | None:
        """Whoever an id of any kind means in a mention of this app's."""
        who, viewer = self._world.actor(value) or (None, None)
        if who is not None:
            return who if viewer is app else None
        return self._person("union_id", value) or self._person("user_id", value)

    def _person(self, id_type: str, value: str) -> Person | None:
        if id_type == "user_id":
            return self._world.people.get(value)
        people = self._world.people.values()
        return next((each for each in people if getattr(each, id_type) == value), None)
