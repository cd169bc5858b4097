"""The platform's parts put together, without a socket to listen on."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from aiohttp import web

from larkgate import texts
from larkgate.clock import Clock, SystemClock
from larkgate.secret import Secret
from larkgate.simulator import snapshot
from larkgate.simulator.api import Door, Family
from larkgate.simulator.api.application import Applications
from larkgate.simulator.api.bases import BaseCalls, Desk
from larkgate.simulator.api.bots import Bots
from larkgate.simulator.api.card_updates import CardUpdates
from larkgate.simulator.api.cardkit import CardKit
from larkgate.simulator.api.chats import Chats
from larkgate.simulator.api.contacts import Contacts
from larkgate.simulator.api.drive import Drive
from larkgate.simulator.api.history import History
from larkgate.simulator.api.media import MediaCalls
from larkgate.simulator.api.messages import Messages
from larkgate.simulator.api.reactions import Reactions
from larkgate.simulator.api.records import RecordCalls
from larkgate.simulator.api.sign_in import SignIn
from larkgate.simulator.apps import App
from larkgate.simulator.bitable import Base, Bases
from larkgate.simulator.callers import Callers
from larkgate.simulator.cards import Cards
from larkgate.simulator.changes import Changes
from larkgate.simulator.connection import Connection
from larkgate.simulator.console import Developer
from larkgate.simulator.endpoint import ENDPOINT_PATH, WEBSOCKET_PATH
from larkgate.simulator.envelopes import identify
from larkgate.simulator.events import Events, delivery
from larkgate.simulator.exchanges import Exchange
from larkgate.simulator.hearing import Hearing
from larkgate.simulator.http import Call, Gate
from larkgate.simulator.limits import Limits
from larkgate.simulator.longconn import LongConnections
from larkgate.simulator.media import Media
from larkgate.simulator.misconfigurations import Misconfiguration, misconfigure
from larkgate.simulator.presses import Presses
from larkgate.simulator.pushes import Ledger, PushRecord
from larkgate.simulator.switches import Switches
from larkgate.simulator.tokens import Tokens
from larkgate.simulator.trouble import Faults
from larkgate.simulator.views import Views
from larkgate.simulator.webhook import Kind, Webhooks
from larkgate.simulator.world import Chat, Message, Person, World

__all__ = ["Platform"]

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Platform(Presses, Switches):
    """What a test and the demo do on the platform, and what they see there.

    The attributes of `Switches` may be set at any time, and `faults` injected.

    Args:
        clock: a `VirtualClock` makes hours pass in a test; None is real time.
        seed: where ids and chance come from.

    Attributes:
        events: who is told what; `events.withheld` says who was not told, and why.
        faults: what goes wrong.
        media: images and files, by key.
        bases: of Bitable, by `app_token`.
        complaints: what a client did that no client should, one sentence each.
    """

    def __init__(self, clock: Clock | None = None, *, seed: int = 0) -> None:
        super().__init__()
        self.clock = clock or SystemClock()
        self.complaints: list[str] = []
        self.changes = Changes(Views(self).show)
        self.world = World(seed, self.now)
        self.media = Media(self.world.next_id)
        self.bases = Bases(self.world, self.media)
        self.cards = Cards(
            self.world,
            self,
            self.clock,
            lambda message: self.hearing.changed(message),
            has_image=lambda key: self.media.has(key, "image"),
        )
        chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
        self.faults = Faults(chance, self.clock)
        self._ledger = Ledger(self, self.clock, self.faults, self.changes, self._deliver)
        self._connections = LongConnections(
            self.world,
            self,
            self.clock,
            self.faults,
            chance,
            self.changes,
            self._ledger.acknowledge,
            self._complain,
        )
        self._webhooks = Webhooks(
            self.world,
            self,
            self.clock,
            self._ledger.acknowledge,
            self._ledger.fail,
            self._complain,
        )
        monotonic = self.clock.monotonic
        self._tokens = Tokens(self, monotonic, lambda: self.world.next_id("t-", size=20))
        callers = Callers(
            self._tokens, self._connections.endpoint, lambda app_id: app_id in self.world.apps
        )
        self._gate = Gate(
            self.clock,
            self.faults,
            self.changes,
            callers.app_id,
            lambda: self.clock_offset,
            self._tokens.revoke,
        )
        limits = Limits(monotonic)
        self.events = Events(self.world, self._ledger.push)
        self.hearing = Hearing(self.world, self.changes, self.events, self)
        self._drive = Drive(self.world, self.bases, self.media, monotonic)
        self._sign_in = SignIn(self.world, self._tokens)
        self._door = Door(self, self._tokens, limits)
        self._families = self._open_api(limits)

    def add_app(
        self, app_id: str, app_secret: str, bot_name: str, *, group_messages: bool = False
    ) -> App:
        """A well set up and published app with its bot. It gets what mentions it in groups, or,
        with `group_messages`, all that is said there."""
        app = self.world.add_app(app_id, Secret(app_secret), bot_name)
        if group_messages:
            app.grant("im:message.group_msg")
        return app

    def console(self, app: App) -> Developer:
        """What the app's developer does."""
        return Developer(app, self, self._connections, self._tokens, self.world.next_id)

    def rotate_secret(self, app: App) -> Secret:
        """A new secret, as by the console: the old one and its tokens are refused."""
        return self.console(app).reset_secret()

    def misconfigure(self, key: str, app: App | None = None) -> Misconfiguration:
        """Make a set-up mistake of `MISCONFIGURATIONS`, on this app or the only one.

        Raises:
            WorldError: no mistake has this key, or there are several apps.
        """
        return misconfigure(self, key, app)

    def export(self, *, secrets: bool = False) -> bytes:
        """The whole world as one JSON file, for `load`; with the apps' secrets when asked for."""
        return snapshot.export(self, secrets=secrets)

    def load(self, data: bytes) -> None:
        """Begin anew with an exported world: tokens and long connections end.

        Raises:
            WorldError: this is no such file, with the place that is wrong. Nothing has changed.
        """
        snapshot.load(self, data)
        self._tokens.revoke()
        for app_id in {each.app_id for each in self._connections}:
            self._connections.drop(app_id)
        self.changes.tell("world", {})

    def person(self, name: str, tenant: str = "") -> Person:
        """The person of this name, who comes into being when first asked for; `tenant` names
        another company than the apps'."""
        return self.world.person(name, tenant)

    def group(self, name: str, members: Iterable[Person | App], *, topics: bool = False) -> Chat:
        """A new group; with `topics` every message that is no reply begins a thread."""
        return self.world.group(name, members, "topic" if topics else "group")

    def p2p(self, person: Person, app: App) -> Chat:
        """The private chat of a person and a bot; there is one."""
        return self.world.p2p(person, app)

    def base(
        self, name: str, *, app: App | None = None, tables: Mapping[str, Mapping[str, str]]
    ) -> Base:
        """A new base with tables of fields, which `app` may edit: `sim.base("客服", app=app,
        tables={"工单": {"标题": "text", "处理人": "person"}})`; the types are
        `larkgate.simulator.bitable.KINDS`.

        Raises:
            WorldError: there is no such type.
        """
        base = self.bases.add(name, tables)
        if app is not None:
            base.share(app)
        return base

    async def save_request_url(
        self, app: App, url: str, kind: Kind = "event", *, publish: bool = True
    ) -> None:
        """What the console does with an address for pushes: it must answer a challenge within
        1 s, then it is where events or callbacks go, once a version is published.

        Only addresses on this machine will do, unless `webhook_anywhere` is switched on.

        Raises:
            WorldError: the address is none, or did not answer as it should.
        """
        await self._webhooks.save(app, url, kind, publish=publish)

    def push(self, app_id: str, payload: bytes, *, repush: bool = True) -> PushRecord:
        """Push any payload. Callbacks are pushed once only: `repush=False`."""
        event_id, event_type = identify(payload)
        record = PushRecord(event_id, event_type, app_id, payload, repush=repush)
        self._ledger.push(record)
        return record

    def repeat(self, push: PushRecord) -> None:
        """Push it once more, as the platform sometimes does after an acknowledgement."""
        self._ledger.repeat(push)

    @property
    def pushes(self) -> list[PushRecord]:
        """Every push so far, in the order of the first attempts."""
        return self._ledger.records

    @property
    def unacknowledged(self) -> int:
        """Attempts under way: pushed less than 3 s ago and not acknowledged."""
        return self._ledger.unacknowledged

    @property
    def messages(self) -> list[Message]:
        """Every message of every chat, oldest first."""
        return list(self.world.messages.values())

    @property
    def connections(self) -> list[Connection]:
        """The open long connections."""
        return list(self._connections)

    @property
    def calls(self) -> list[Call]:
        """The requests of clients: bootstraps, handshakes, API calls; the last 100,000."""
        return list(self._gate.calls)

    def exchange(self, log_id: str) -> Exchange | None:
        """What a call brought and what it was answered, without secrets; of the last 500."""
        return self._gate.exchanges.get(log_id)

    def now(self) -> float:
        """What the platform takes for the time, seconds since 1970."""
        return self.clock.now() + self.clock_offset

    def revoke_tokens(self, app_id: str = "") -> None:
        """Every token given out so far, to this app or to all, is refused with 99991663."""
        self._tokens.revoke(app_id)

    async def until(self, predicate: Callable[[], T | None], timeout: float = 5.0) -> T:
        """Wait for a change that makes the predicate true; returns what the predicate gave.

        `timeout` is a test's patience: real seconds, whatever the clock.

        Raises:
            TimeoutError: it stayed false.
        """
        return await self.changes.until(predicate, timeout)

    def routes(self) -> list[web.RouteDef]:
        """What a client knows: the bootstrap, the WebSocket, the Open API."""
        return [
            web.post(ENDPOINT_PATH, self._connections.endpoint.answer),
            web.get(WEBSOCKET_PATH, self._connections.accept),
            self._sign_in.route(),
            self._drive.route(),
            *self._door.routes(call for family in self._families for call in family.calls()),
        ]

    def close(self) -> None:
        """End connections, deadlines and whoever waits or watches."""
        self._ledger.close()
        self.faults.heal()
        self.cards.close()
        self._connections.close()
        self.changes.close()

    async def disconnect(self) -> None:
        """Break off what is being posted to webhooks."""
        await self._webhooks.close()

    def _open_api(self, limits: Limits) -> tuple[Family, ...]:
        desk = Desk(self.bases, self.clock, self)
        monotonic = self.clock.monotonic
        return (
            Bots(self.world),
            Messages(self.hearing, self.media, self.cards, self, limits, monotonic),
            History(self.world, self.cards),
            Chats(self.world, self),
            Contacts(self.world),
            MediaCalls(self.world, self.media, self),
            Reactions(self.world, self.hearing),
            BaseCalls(desk),
            RecordCalls(self.world, self.media, desk),
            self._drive,
            CardUpdates(self.world, self.cards, self, limits, complain=self._complain),
            CardKit(self.cards),
            Applications(self.world, self, self.console),
        )

    def _deliver(self, push: PushRecord, key: str) -> str | None:
        """The way that is in force now."""
        app = self.world.apps.get(push.app_id)
        if app is not None and delivery(app, push.event_type) == "webhook":
            return self._webhooks.deliver(push, key)
        return self._connections.deliver(push, key)

    def _complain(self, key: str, /, **values: object) -> None:
        texts.tell(_log, logging.WARNING, key, **values)
        self.complaints.append(texts.say(key, **values))
