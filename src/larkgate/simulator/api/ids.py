"""People by the kind of id a call asks for: `user_id_type` of its query."""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked, invalid_field
from larkgate.simulator.apps import App
from larkgate.simulator.world import Person, World

__all__ = ["id_of", "whose"]


def id_of(who: Person | App, world: World, asked: Asked) -> str:
    """What this person, or bot, is called in the answer.

    Raises:
        Refused: 99992402, there is no such kind of id.
    """
    match asked.query.get("user_id_type") or "open_id":
        case "open_id":
            return world.open_id(who, asked.app)
        case "union_id":
            return who.union_id
        case "user_id":
            return who.id
        case other:
            raise invalid_field("user_id_type", other, "user_id_type is not valid")


def whose(text: str, world: World, asked: Asked) -> Person | App | None:
    """Whom this id means; None for nobody, also for an `open_id` of another app."""
    if (asked.query.get("user_id_type") or "open_id") == "open_id":
        who, viewer = world.actor(text) or (None, None)
        return who if viewer is asked.app else None
    everybody: tuple[Person | App, ...] = (*world.people.values(), *world.apps.values())
    return next((each for each in everybody if id_of(each, world, asked) == text), None)
