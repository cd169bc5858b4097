"""A simulator in virtual time, the standard world and a client of its app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from simclient import Client, client_of, text

from larkgate.clock import VirtualClock
from larkgate.simulator import Chat, Message, Person, Simulator, StandardWorld, standard_world


class Desk:
    def __init__(self, sim: Simulator, clock: VirtualClock, client: Client, world: StandardWorld):
        self.sim = sim
        self.clock = clock
        self.client = client
        self.world = world
        self.app = world.app
        self.person: Person = world.people[0]
        self.chat: Chat = world.development

    def say(self, words: str, **more: Any) -> Message:
        return self.sim.say(self.chat, self.person, words, **more)

    def open_id(self, person: Person) -> str:
        return self.sim.world.open_id(person, self.app)

    async def send(self, words: str = "", *, to: str = "chat_id", **more: Any) -> Any:
        """The answer to sending a text into 研发群, or what `more` makes of it."""
        body = {"receive_id": self.chat.id, "msg_type": "text", "content": text(words)} | more
        return await self.client.call("POST", "/im/v1/messages", body, receive_id_type=to)

    async def send_kind(self, kind: str, content: object, **more: Any) -> Any:
        return await self.send(msg_type=kind, content=json(content), **more)

    async def reply(self, message_id: str, words: str, **more: Any) -> Any:
        body = {"msg_type": "text", "content": text(words)} | more
        return await self.client.call("POST", f"/im/v1/messages/{message_id}/reply", body)

    async def sent(self, words: str, **more: Any) -> Message:
        """A message of the bot's."""
        return self.sim.world.messages[(await self.send(words, **more))["data"]["message_id"]]

    async def edit(self, message: Message, words: str) -> int:
        body = {"msg_type": "text", "content": text(words)}
        return int((await self.client.call("PUT", f"/im/v1/messages/{message.id}", body))["code"])

    async def recall(self, message: Message) -> int:
        answer = await self.client.call("DELETE", f"/im/v1/messages/{message.id}")
        return int(answer["code"])

    async def get(self, path: str, **query: str) -> Any:
        return await self.client.call("GET", path, **query)


def json(content: object) -> str:
    return msgspec.json.encode(content).decode()


@asynccontextmanager
async def desk_of() -> AsyncIterator[Desk]:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            yield Desk(sim, clock, client, world)
