"""Clients that make the calls of the scenarios: the official SDKs, and our own."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from urllib.parse import quote

import msgspec
from apis import Api
from foreign import Foreign, account

from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.errors import ApiError
from larkgate.openapi import Client
from larkgate.secret import Secret
from larkgate.simulator import App, Simulator

__all__ = ["Answer", "Caller", "NodeSdk", "Ours", "PythonSdk", "ours"]

# What official documents show and the SDK's types lack, or have as a number.
_UNTYPED = re.compile(
    r"data\.(record|records\[]|items\[])\.id is unknown"  # "新增记录" and its like
    r"|answer\.error\.message is unknown"  # every refusal of Bitable
    r"|version_id is 'oav_\w+', not int"  # "获取应用信息"
)
Fields = Mapping[str, Any]


class Answer(msgspec.Struct):
    """What a client makes of an answer.

    Attributes:
        body: all of it, for calls whose answer stands beside `code`.
        scopes: that it says are missing.
        wait: seconds it is told to wait.
        content: of a download.
    """

    code: int
    msg: str = ""
    data: dict[str, Any] = {}
    body: dict[str, Any] = {}
    scopes: list[str] = []
    wait: float | None = None
    content: bytes = b""


class Caller(Protocol):
    async def call(
        self, api: Api, path: Fields, query: Fields, body: Fields | None, file: bytes | None
    ) -> Answer: ...


class PythonSdk:
    """`lark-oapi`, by its typed calls."""

    def __init__(self, foreign: Foreign, sim: Simulator, app: App) -> None:
        self._foreign = foreign
        self._account = account(sim, app)

    async def call(
        self, api: Api, path: Fields, query: Fields, body: Fields | None, file: bytes | None
    ) -> Answer:
        found = await _asked(self._foreign, self._account, api, path, query, body, file)
        strange = [each for each in found["strange"] if not _UNTYPED.search(each)]
        assert not strange, f"{api.name}: what the SDK has no type for: {strange}"
        assert found["route"].partition("?")[0] == _with_colons(api), "where the SDK calls"
        content = base64.b64decode(found["content"])
        return _answer(found, found["body"], found["data"], content)


class NodeSdk:
    """`@larksuiteoapi/node-sdk`, by its typed calls."""

    def __init__(self, foreign: Foreign, sim: Simulator, app: App) -> None:
        self._foreign = foreign
        self._account = account(sim, app)

    async def call(
        self, api: Api, path: Fields, query: Fields, body: Fields | None, file: bytes | None
    ) -> Answer:
        found = await _asked(self._foreign, self._account, api, path, query, body, file)
        return _answer(found, found, found.get("data") or {}, _decoded(found))


class Ours:
    """`larkgate.openapi`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def call(
        self, api: Api, path: Fields, query: Fields, body: Fields | None, file: bytes | None
    ) -> Answer:
        where = api.path.format(**{name: quote(value, safe="") for name, value in path.items()})
        asked = {name: str(value) for name, value in query.items()}
        try:
            found = await self._client.call(
                api.method, where, query=asked, body=body, answer=dict[str, Any]
            )
        except ApiError as error:
            scopes = str(error.values.get("scopes", "")).split(", ")
            return Answer(
                error.code,
                str(error.values.get("message", "")),
                scopes=[scope for scope in scopes if scope],
                wait=error.retry_after,
            )
        return Answer(0, data=found.get("data") or {}, body=found)


@asynccontextmanager
async def ours(sim: Simulator, app: App) -> AsyncIterator[Ours]:
    clock = SystemClock()
    async with Dialer(clock) as dialer:
        yield Ours(
            Client(
                dialer,
                clock,
                app_id=app.id,
                app_secret=Secret(app.secret.reveal()),
                domain=sim.url,
            )
        )


async def _asked(
    foreign: Foreign,
    who: Fields,
    api: Api,
    path: Fields,
    query: Fields,
    body: Fields | None,
    file: bytes | None,
) -> dict[str, Any]:
    found: dict[str, Any] = await foreign.do(
        "call",
        account=who,
        api=api.name or api.route,
        path=path,
        query=query,
        body=body,
        file="" if file is None else base64.b64encode(file).decode(),
    )
    return found


def _answer(found: Fields, body: Fields, data: Fields, content: bytes) -> Answer:
    error = body.get("error") or {}
    wait = found["headers"].get("x-ogw-ratelimit-reset")
    return Answer(
        found["code"],
        found.get("msg") or "",
        dict(data),
        dict(body),
        [each["subject"] for each in error.get("permission_violations", ())],
        None if wait is None else float(wait),
        content,
    )


def _decoded(found: Fields) -> bytes:
    return base64.b64decode(found.get("content", ""))


def _with_colons(api: Api) -> str:
    return api.route.replace("{", ":").replace("}", "")
