"""Whom an id means to an app, and what an app calls somebody."""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked, invalid_field
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.shapes import id_of
from larkgate.simulator.world import Person, World

__all__ = ["Directory", "id_type_of"]

_ID_TYPES = ("open_id", "union_id", "user_id")


def id_type_of(asked: Asked, name: str = "user_id_type") -> str:
    """The kind of id the query asks for, `open_id` when it does not say.

    Raises:
        Refused: 99992402, there is no such kind of id.
    """
    id_type = asked.query.get(name, "") or "open_id"
    if id_type not in _ID_TYPES:
        raise invalid_field(name, id_type, f"{name} is not valid")
    return id_type


class Directory:
    """People and bots by the ids an app may use: `open_id`, `union_id`, `user_id`, `email`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def id_of(self, asked: Asked, who: Person | App) -> str:
        """What somebody is called in the answer to this call, by its `user_id_type`."""
        return self.id(asked.app, id_type_of(asked), who)

    def id(self, app: App, id_type: str, who: Person | App) -> str:
        """What an app calls somebody; "" for a `user_id` it is not to know."""
        return id_of(self._world, app, who, id_type)

    def find(self, app: App, id_type: str, value: str) -> Person | App | None:
        """Whom this id means; None for nobody, also for an `open_id` of another app."""
        if id_type == "open_id":
            who, viewer = self._world.actor(value) or (None, None)
            return who if viewer is app else None
        people = self._world.people
        if id_type == "user_id":
            return people.get(value)
        if id_type == "email":
            return next((each for each in people.values() if each.email == value), None)
        everybody: tuple[Person | App, ...] = (*people.values(), *self._world.apps.values())
        return next((each for each in everybody if each.union_id == value), None)

    def person(self, app: App, id_type: str, value: str) -> Person | None:
        """None: nobody has this id.

        Raises:
            Refused: 99992351 for an `open_id` of nobody, 99992361 for one of another app.
        """
        found = self.find(app, id_type, value)
        if id_type == "open_id" and found is None:
            raise Refused(99992361) if self._world.actor(value) else _nobody(value)
        return found if isinstance(found, Person) else None

    def mentioned(self, app: App, value: str) -> Person | App | None:
        """Whoever an id of any kind means in a mention of this app's."""
        kinds = (self.find(app, id_type, value) for id_type in _ID_TYPES)
        return next((who for who in kinds if who is not None), None)


def _nobody(open_id: str) -> Refused:
    return Refused(99992351, f": [{open_id}]")
