"""The platform's side of webhooks: the check of an address, and pushes to it.

Official documents "将事件发送至开发者服务器", "将回调发送至开发者服务器", "接收事件" and
"消息卡片回传交互（旧）", which is signed in another way and never encrypted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from larkgate.clock import Clock
from larkgate.simulator.apps import App
from larkgate.simulator.crypto import encrypt, legacy_signature, signature
from larkgate.simulator.envelopes import LEGACY_CLICK, is_callback
from larkgate.simulator.longconn import Acknowledge, Complain
from larkgate.simulator.posting import Answered, NotAnswered, Poster
from larkgate.simulator.pushes import ACKNOWLEDGED_WITHIN, Failure, PushRecord
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import World, WorldError

__all__ = ["Kind", "Webhooks"]

_CHALLENGE_WITHIN = 1.0
_OK = 200
_CONFIGURATION = ("no_address", "not_allowed")

Kind = Literal["event", "callback"]


class _Stamp(NamedTuple):
    timestamp: str
    nonce: str
    iv: bytes


class Webhooks:
    """Posts to the addresses of all apps.

    Args:
        acknowledge: takes the HTTP status as the code, and the body as the answer.
        fail: takes why a push has no answer.
    """

    def __init__(
        self,
        world: World,
        switches: Switches,
        clock: Clock,
        acknowledge: Acknowledge,
        fail: Callable[[str, Failure], None],
        complain: Complain,
    ) -> None:
        self._world = world
        self._switches = switches
        self._clock = clock
        self._acknowledge = acknowledge
        self._fail = fail
        self._complain = complain
        self._poster = Poster(clock)
        self._posting: set[asyncio.Task[None]] = set()

    async def save(self, app: App, url: str, kind: Kind, *, publish: bool) -> None:
        """As the console does: an address that answers the challenge is kept.

        Raises:
            WorldError: it does not.
        """
        await self._challenge(app, url)
        if kind == "event":
            app.event_url = url
            app.set(publish=publish, event_mode="webhook")
        else:
            app.callback_url = url
            app.set(publish=publish, callback_mode="webhook")

    def deliver(self, push: PushRecord, key: str) -> str:
        """Begin to post a push; returns the address it goes to."""
        app = self._world.apps[push.app_id]
        url = app.callback_url if is_callback(push.event_type) else app.event_url
        task = asyncio.get_running_loop().create_task(self._push(app, url, push, key))
        self._posting.add(task)
        task.add_done_callback(self._posting.discard)
        return url

    async def close(self) -> None:
        """Break off what is being posted."""
        posting = list(self._posting)
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
        await self._poster.close()

    async def _push(self, app: App, url: str, push: PushRecord, key: str) -> None:
        try:
            async with self._clock.timeout(ACKNOWLEDGED_WITHIN):
                answered = await self._post(url, *self._request(app, push, key))
        except TimeoutError:
            self._fail(key, "")
        except NotAnswered as error:
            if error.failure in _CONFIGURATION:
                self._complain(f"simulator.webhook_{error.failure}", url=url)
            self._fail(key, error.failure)
        except WorldError as error:
            self._complain(error.key, **error.values)
            self._fail(key, "broken")
        else:
            self._acknowledge(url, key, answered.status, None, answered.body)

    async def _challenge(self, app: App, url: str) -> None:
        """Only the question is encrypted, the answer never is; neither is signed."""
        challenge = self._world.next_id()
        token = app.verification_token.reveal()
        plain = {"challenge": challenge, "token": token, "type": "url_verification"}
        body = msgspec.json.encode(plain)
        if app.encrypt_key:
            body = _encrypted(app, body, bytes.fromhex(self._world.make_id("iv", challenge)))
        try:
            async with self._clock.timeout(_CHALLENGE_WITHIN):
                answered = await self._post(url, body, {})
        except TimeoutError:
            raise WorldError("simulator.challenge_late", url=url) from None
        except NotAnswered as error:
            raise WorldError(f"simulator.webhook_{error.failure}", url=url) from None
        _check(answered, challenge, url)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        return await self._poster.post(url, body, headers, anywhere=self._switches.webhook_anywhere)

    def _request(self, app: App, push: PushRecord, key: str) -> tuple[bytes, Mapping[str, str]]:
        """Body and headers of an attempt."""
        stamp = self._stamp(push, key)
        if push.event_type == LEGACY_CLICK:
            signed = legacy_signature(
                stamp.timestamp, stamp.nonce, app.verification_token, push.payload
            )
            return push.payload, _headers(stamp, signed)
        if not app.encrypt_key:
            return push.payload, {}
        body = _encrypted(app, push.payload, stamp.iv)
        signed = signature(stamp.timestamp, stamp.nonce, app.encrypt_key, body)
        return body, _headers(stamp, signed)

    def _stamp(self, push: PushRecord, key: str) -> _Stamp:
        """What is not signed again goes out as it did first."""
        again = self._switches.resign_retries
        ahead = self._world.milliseconds() / 1_000 - self._clock.now()
        at = push.attempts[-1 if again else 0].at + ahead
        chance = key if again else push.event_id
        nonce, iv = self._world.make_id("nonce", chance), self._world.make_id("iv", chance)
        return _Stamp(str(int(at)), nonce, bytes.fromhex(iv))


def _headers(stamp: _Stamp, signed: str) -> Mapping[str, str]:
    return {
        "X-Lark-Request-Timestamp": stamp.timestamp,
        "X-Lark-Request-Nonce": stamp.nonce,
        "X-Lark-Signature": signed,
    }


def _encrypted(app: App, plain: bytes, iv: bytes) -> bytes:
    return msgspec.json.encode({"encrypt": encrypt(app.encrypt_key, plain, iv)})


def _check(answered: Answered, challenge: str, url: str) -> None:
    if answered.status != _OK:
        raise WorldError("simulator.challenge_status", url=url, status=answered.status)
    try:
        answer = msgspec.json.decode(answered.body, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise WorldError("simulator.challenge_no_json", url=url) from None
    if answer.get("challenge") != challenge:
        raise WorldError("simulator.challenge_wrong", url=url)
