"""A stage for scenarios: a world, and a client that acts as its app.

A scenario is a function of a stage. It names the calls it makes, so that it is seen whether each
call that is imitated is made by somebody.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import apis
from apis import Api
from callers import Answer, Caller

from larkgate.simulator import Person, Simulator, StandardWorld

__all__ = ["Scenario", "Stage", "scenario"]


class Stage:
    def __init__(self, sim: Simulator, world: StandardWorld, caller: Caller) -> None:
        self.sim = sim
        self.world = world
        self._caller = caller

    async def call(
        self,
        api: Api,
        path: dict[str, Any] | None = None,
        *,
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        file: bytes | None = None,
    ) -> Answer:
        return await self._caller.call(api, path or {}, query or {}, body, file)

    async def ok(self, api: Api, path: dict[str, Any] | None = None, **asked: Any) -> Any:
        """The `data` of a success."""
        answer = await self.call(api, path, **asked)
        assert answer.code == 0, (api.route, answer)
        return answer.data

    async def refused(
        self, code: int, api: Api, path: dict[str, Any] | None = None, **asked: Any
    ) -> Answer:
        answer = await self.call(api, path, **asked)
        assert answer.code == code, (api.route, answer)
        return answer

    async def send(self, kind: str, content: object, **more: Any) -> Any:
        """A message of the bot's in 研发群."""
        body = {
            "receive_id": self.world.development.id,
            "msg_type": kind,
            "content": json.dumps(content),
            **more,
        }
        return await self.ok(apis.SEND, query={"receive_id_type": "chat_id"}, body=body)

    async def has(self, message_id: str) -> Any:
        """What the platform says this message is."""
        found = await self.ok(apis.GET_MESSAGE, {"message_id": message_id})
        return found["items"][0]

    def open_id(self, person: Person) -> str:
        """A person in the eyes of the app."""
        return self.sim.world.open_id(person, self.world.app)


class Scenario(NamedTuple):
    run: Callable[[Stage], Awaitable[None]]
    calls: tuple[Api, ...]

    def __str__(self) -> str:
        return self.run.__name__


def scenario(*calls: Api) -> Callable[[Callable[[Stage], Awaitable[None]]], Scenario]:
    """Makes a function a scenario; `calls` are those it is about."""
    return lambda run: Scenario(run, calls)
