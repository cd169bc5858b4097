"""One open WebSocket: reads pushes, hands them on, and writes their acknowledgements.

An acknowledgement goes out on the connection its push came in by, or not at all.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http import HTTPStatus

import aiohttp
from msgspec import Struct

from larkgate.clock import Clock, Timer
from larkgate.protocol.events import Answer, Push, may_be_callback
from larkgate.protocol.frames import Frame, acknowledgement
from larkgate.protocol.session import Incoming
from larkgate.texts import Sentence

__all__ = ["Accept", "Connection", "Tally"]

log = logging.getLogger(__name__)

# Keeps a push and answers when that is done. A plain call: there is no task per push.
Accept = Callable[[Push], asyncio.Future[Answer]]

KEEP = 2.0  # for a push to be kept; the platform gives up after 3 s
ANSWER_BY = 2.5  # for a callback to have its answer
ANSWER = 2.8  # for that answer to come through
MAX_WAITING = 1024
MAX_UNSENT = 8192  # acknowledgements the other side does not read; beyond it gets none
TURN = 64  # messages read before everything else gets its turn
CLOSING = 1.0

_PUSH_AGAIN = Answer(500)
_TOO_MANY = Sentence("longconn.too_many_waiting", {"limit": MAX_WAITING})
_TOO_LATE = Sentence("longconn.kept_too_late", {})
_NOT_KEPT = Sentence("longconn.not_kept", {})


class Tally(Struct):
    """What became of the pushes, since the start.

    Attributes:
        kept: answered 200.
        refused: answered 500, because they could not be kept, not in time, or were too many.
    """

    kept: int = 0
    refused: int = 0


class _Waiting(Struct, gc=False):
    frame: Frame
    payload: bytes
    since: float
    until: float


class Connection:
    """Carries one WebSocket from its opening to its end.

    Args:
        account: app id its pushes belong to.
        receive: takes a message and gives the push it completes.
        handed_on: the pushes `accept` has not answered yet, of the connections before as well:
            whoever keeps them still holds them when the platform no longer waits.
        refused: called with the reason whenever a push is answered 500.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        clock: Clock,
        account: str,
        accept: Accept,
        receive: Callable[[bytes, float], Incoming | None],
        tally: Tally,
        handed_on: set[asyncio.Future[Answer]],
        refused: Callable[[Sentence], None],
    ) -> None:
        self._socket = socket
        self._clock = clock
        self._account = account
        self._accept = accept
        self._receive = receive
        self._tally = tally
        self._handed_on = handed_on
        self._refused = refused
        self._numbers = itertools.count()
        self._waiting: dict[int, _Waiting] = {}
        self._timer: Timer | None = None
        self._unsent: list[bytes] = []
        self._to_send = asyncio.Event()
        self._stopping = False

    async def carry(self) -> Sentence:
        """Read and write until the connection ends. Returns why it did."""
        try:
            async with asyncio.TaskGroup() as tasks:
                reading = tasks.create_task(self._read())
                writing = tasks.create_task(self._write())
                await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
                await self._close()
                writing.cancel()
        finally:
            self._waiting.clear()  # what is answered from now on has nowhere to go
            if self._timer is not None:
                self._timer.cancel()
            await self._close()
        return reading.result()

    def send(self, message: bytes) -> None:
        """Send a message with those that are already waiting."""
        self._unsent.append(message)
        self._to_send.set()

    def stop(self) -> None:
        """Take no more pushes; close when those that wait have been answered."""
        self._stopping = True
        self._to_send.set()

    async def _read(self) -> Sentence:
        while True:
            for _ in range(TURN):
                message = await self._socket.receive()
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._take(message.data)
                elif message.type is not aiohttp.WSMsgType.TEXT:
                    return self._end(message)
            await self._clock.sleep(0)

    async def _write(self) -> None:
        # Where sending fails, reading ends as well and knows why.
        with suppress(aiohttp.ClientError, OSError):
            while not (self._stopping and not self._waiting and not self._unsent):
                await self._to_send.wait()
                self._to_send.clear()
                messages, self._unsent = self._unsent, []
                for message in messages:
                    await self._socket.send_bytes(message)

    async def _close(self) -> None:
        with suppress(TimeoutError):
            async with self._clock.timeout(CLOSING):
                await self._socket.close()

    @staticmethod
    def _end(message: aiohttp.WSMessage) -> Sentence:
        if message.type is aiohttp.WSMsgType.CLOSE:
            return Sentence("longconn.closed_by_platform", {"code": message.data})
        cause = str(message.data or "") or "EOF"
        return Sentence("longconn.broken", {"cause": cause})

    # pushes and their answers

    def _take(self, message: bytes) -> None:
        now = self._clock.monotonic()
        incoming = self._receive(message, now)
        if incoming is None or self._stopping:
            return
        frame, payload = incoming.frame, incoming.payload
        if len(self._handed_on) >= MAX_WAITING:
            self._refuse(_Waiting(frame, payload, now, now), _TOO_MANY)
            return
        number = next(self._numbers)
        self._waiting[number] = _Waiting(frame, payload, now, now + KEEP)
        if self._timer is None:
            self._timer = self._clock.call_later(KEEP, self._expire)
        answer = self._hand_on(payload, frame.header("trace_id") or "")
        answer.add_done_callback(partial(self._answered, number))
        self._handed_on.add(answer)

    def _hand_on(self, payload: bytes, trace_id: str) -> asyncio.Future[Answer]:
        now = self._clock.now()
        push = Push(payload, trace_id, now, now + ANSWER_BY, self._account)
        try:
            return self._accept(push)
        except Exception as error:
            failed: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            failed.set_exception(error)
            return failed

    def _answered(self, number: int, answer: asyncio.Future[Answer]) -> None:
        self._handed_on.discard(answer)
        error = asyncio.CancelledError() if answer.cancelled() else answer.exception()
        push = self._waiting.pop(number, None)
        if push is None:
            return
        if error is not None:
            log.debug("a push could not be handed on", exc_info=error)
            cause = str(error) or type(error).__name__
            self._refuse(push, Sentence("longconn.not_handed_on", {"cause": cause}))
        elif (result := answer.result()).code != HTTPStatus.OK:
            self._refuse(push, _NOT_KEPT)
        else:
            self._tally.kept += 1
            self._acknowledge(push, result)

    def _expire(self) -> None:
        """Refuse those that wait too long; one timer serves all."""
        now = self._clock.monotonic()
        for number, push in [each for each in self._waiting.items() if each[1].until <= now]:
            if now < push.since + ANSWER and may_be_callback(push.payload):
                push.until = push.since + ANSWER
            else:
                self._refuse(self._waiting.pop(number), _TOO_LATE)
        self._timer = None
        if self._waiting:
            first = min(push.until for push in self._waiting.values())
            self._timer = self._clock.call_later(first - now, self._expire)

    def _refuse(self, push: _Waiting, reason: Sentence) -> None:
        self._tally.refused += 1
        self._refused(reason)
        self._acknowledge(push, _PUSH_AGAIN)

    def _acknowledge(self, push: _Waiting, answer: Answer) -> None:
        if len(self._unsent) >= MAX_UNSENT:
            return
        milliseconds = int((self._clock.monotonic() - push.since) * 1000)
        message = acknowledgement(
            push.frame, code=answer.code, milliseconds=milliseconds, data=answer.data
        )
        self.send(message)
