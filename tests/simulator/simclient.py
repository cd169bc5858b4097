"""A trivial client of the simulator: it does one thing at a time, and only when told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from larkgate.protocol import frames
from larkgate.simulator import App, Simulator


class Link:
    """One long connection."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def frame(self) -> frames.Frame:
        return frames.decode(await self.socket.receive_bytes())

    async def acknowledge(
        self, frame: frames.Frame, code: int = 200, data: bytes | None = None
    ) -> None:
        await self.socket.send_bytes(
            frames.acknowledgement(frame, code=code, milliseconds=5, data=data)
        )

    async def ping(self) -> frames.Frame:
        await self.socket.send_bytes(frames.ping(1))
        return await self.frame()

    async def acknowledge_all(self) -> None:
        async for message in self.socket:
            await self.acknowledge(frames.decode(message.data))


class Client:
    """Calls the Open API and opens long connections, as one app."""

    def __init__(self, sim: Simulator, app: App, http: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.app = app
        self.http = http
        self.token = ""

    async def bootstrap(self) -> dict[str, Any]:
        body = {"AppID": self.app.id, "AppSecret": self.app.secret.reveal()}
        async with self.http.post(f"{self.sim.url}/callback/ws/endpoint", json=body) as answer:
            return msgspec.json.decode(await answer.read(), type=dict[str, Any])

    @asynccontextmanager
    async def link(self) -> AsyncIterator[Link]:
        url = (await self.bootstrap())["data"]["URL"]
        async with self.http.ws_connect(url, timeout=NO_TIMEOUT) as socket:
            yield Link(socket)

    async def authorize(self) -> int:
        """Fetch a token; returns the seconds it lives."""
        body = {"app_id": self.app.id, "app_secret": self.app.secret.reveal()}
        path = "/open-apis/auth/v3/tenant_access_token/internal"
        _, answer, _ = await self.request("POST", path, body)
        self.token = answer["tenant_access_token"]
        return int(answer["expire"])

    async def call(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The body of the answer to an Open API call under /open-apis."""
        if not self.token:
            await self.authorize()
        return (await self.request(method, f"/open-apis{path}", body, query))[1]

    async def request(
        self, method: str, path: str, body: object = None, query: dict[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        """Status, JSON body and headers of any request."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.http.request(
            method,
            self.sim.url + path,
            params=query,
            headers=headers,
            data=None if body is None else msgspec.json.encode(body),
        ) as answer:
            return answer.status, msgspec.json.decode(await answer.read()), answer.headers


NO_TIMEOUT = aiohttp.ClientWSTimeout(ws_receive=None, ws_close=None)


@asynccontextmanager
async def client_of(sim: Simulator, app: App) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as http:
        yield Client(sim, app, http)


def text(words: str) -> str:
    return msgspec.json.encode({"text": words}).decode()


async def post(client: Client, path: str, body: object) -> tuple[int, Any]:
    """Status and JSON body of a request to the control API."""
    status, answer, _ = await client.request("POST", path, body)
    return status, answer
