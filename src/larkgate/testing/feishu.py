"""`Feishu`: the platform and a bot, for one test."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from larkgate import texts
from larkgate.bot import App as LarkgateApp
from larkgate.config import Account
from larkgate.errors import LarkgateError
from larkgate.secret import Secret
from larkgate.simulator import APP_ID, APP_SECRET, App, Call, Person, Simulator
from larkgate.simulator import Chat as SimChat
from larkgate.simulator import Message as SimMessage
from larkgate.simulator.faults import Drop, Fault, Refuse
from larkgate.testing.bot import BotRun, load_app, settings_for
from larkgate.testing.chats import Chat
from larkgate.testing.clock import FlowingClock
from larkgate.testing.failures import BotFailed, Failure, Watch
from larkgate.testing.reasons import Delivery, deliveries, why
from larkgate.testing.rest import NotAtRest, come_to_rest, connect, fall_silent
from larkgate.testing.stage import Unanswered
from larkgate.testing.thread import LoopThread
from larkgate.testing.transcript import lines_of

__all__ = ["Feishu"]

P = ParamSpec("P")
T = TypeVar("T")


class Feishu:
    """A simulated platform with one app, in a thread of its own: `with Feishu() as feishu`.

    Whatever is asked of it, or of what it hands out, is answered when the bot is at rest: every
    event acknowledged, no handler running, no answer on its way. Time flows as outside, and a test
    may move it on; see `advance`.

    Attributes:
        app: as it stands in the developer console.
        sim: the platform itself.

    Args:
        patience: seconds that a bot has to come to rest, each time.
        quiet: seconds after which a bot in another process, which cannot be looked into, counts as
            at rest when nothing happens.
        seed: where ids come from.
    """

    def __init__(self, *, patience: float = 5.0, quiet: float = 0.1, seed: int = 0) -> None:
        self.patience = patience
        self.quiet = quiet
        self._clock = FlowingClock(patience=patience)
        self._thread = LoopThread(self._clock, patience)
        self._watch = Watch(lambda: self._thread.id)
        self._bot: BotRun | None = None
        self._allowed = False
        self._told = 0
        self._language = texts.language()
        self.toasts: dict[str, str] = {}
        self.sim = Simulator(self._clock, seed=seed)
        self.app: App = self.sim.add_app(APP_ID, APP_SECRET, "bot")
        self._account = Account(app_id=APP_ID, app_secret=Secret(APP_SECRET))

    def __enter__(self) -> Self:
        self._home = tempfile.TemporaryDirectory(prefix="larkgate-", ignore_cleanup_errors=True)
        self._thread.start()
        self.do(self.sim.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self.check()
        finally:
            self._close()

    # the bot

    def run(
        self,
        *bots: LarkgateApp | str,
        settings: Path | str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start a bot and wait until it has connected.

        It keeps its data in a directory of its own, which goes with the test, and reads neither
        the environment nor a settings file but those given here. Whatever they say, it connects
        to this platform.

        Args:
            bots: each a `Bot` or `"module:name"`.
            settings: a `larkgate.toml`; its `[[app]]` tables run as well.

        Raises:
            SettingsError: it cannot be started with these settings.
            NotAtRest: it did not connect.
            LarkgateError: another one runs.
        """
        if self._bot is not None:
            raise LarkgateError("testing.runs_already")
        apps = [load_app(each) for each in bots]
        home = Path(self._home.name)
        file = Path(settings) if settings else None
        found = settings_for(home, self.url, self._account, file, environment or {})
        self._adopt(found.accounts)
        texts.use(found.gateway.language)
        self._bot = BotRun(found, apps, self.sim, self._clock, self._watch)
        self._start(self._bot)

    def stop(self) -> None:
        """Stop the bot as Ctrl+C would; a handler that sleeps is cancelled."""
        bot, self._bot = self._bot, None
        if bot is not None:
            self.do(bot.stop())

    def restart(self) -> None:
        """Stop the bot and start it again on the same data.

        Raises:
            LarkgateError: none runs here.
        """
        if self._bot is None:
            raise LarkgateError("testing.no_bot")
        bot = BotRun(self._bot.settings, self._bot.apps, self.sim, self._clock, self._watch)
        self.stop()
        self._bot = bot
        self._start(bot)

    def wait_for_bot(self) -> None:
        """Wait until the bot is connected; time is moved on where it waits before it dials again.

        Raises:
            NotAtRest: it did not connect, with what it says about it.
        """
        self.do(connect(self.sim, self._bot, self._clock))

    # how a bot elsewhere gets here

    @property
    def url(self) -> str:
        """What the domain of a bot is set to."""
        return self.sim.url

    @property
    def app_id(self) -> str:
        return self._account.app_id

    @property
    def app_secret(self) -> str:
        """As the bot knows it."""
        return self._account.app_secret.reveal()

    @property
    def environment(self) -> dict[str, str]:
        """The same three as variables."""
        return {
            "FEISHU_APP_ID": self.app_id,
            "FEISHU_APP_SECRET": self.app_secret,
            "FEISHU_DOMAIN": self.url,
        }

    # the world

    @property
    def bot_name(self) -> str:
        """What people call the bot: `bot`, until set to something else."""
        return self.app.name

    @bot_name.setter
    def bot_name(self, name: str) -> None:
        self.app.name = name

    def group(self, name: str, *people: str, topics: bool = False) -> Chat:
        """A new group of these people and the bot; with `topics` one of threads only."""

        def made() -> Chat:
            members = [self.sim.person(each) for each in people]
            return Chat(self, self.sim.group(name, [*members, self.app], topics=topics))

        return self.call(made)

    def private(self, who: str) -> Chat:
        """The private chat of somebody and the bot."""
        return self.call(lambda: Chat(self, self.sim.p2p(self.sim.person(who), self.app)))

    def enter(self, who: str) -> Chat:
        """Somebody opens the private chat with the bot."""
        return self.call(lambda: Chat(self, self.sim.enter(self.sim.person(who), self.app)))

    def menu(self, who: str, event_key: str) -> None:
        """Somebody chooses from the menu of the bot's private chat."""
        self.call(lambda: self.sim.menu(self.sim.person(who), self.app, event_key))

    # time and trouble

    def advance(
        self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0
    ) -> None:
        """Move time on: what is due meanwhile happens, each at its time.

        It begins when the bot is at rest; who is not within `patience`, because a call hangs, is
        left to its time-outs.

        Raises:
            TimeoutError: a plain function does not come to rest.
        """
        ahead = seconds + 60 * minutes + 3600 * hours + 86400 * days
        with suppress(NotAtRest):
            self.come_to_rest()
        self.do(self._clock.advance(ahead))

    def fault(self, *faults: Fault) -> AbstractContextManager[None]:
        """Something goes wrong, at once or from now on: see `larkgate.testing.faults`.

        It stands until `heal`, or in `with` until the end of the block.
        """
        ids = self.call(self.sim.faults.inject, *faults)
        return _standing(partial(self.call, self._lift, ids))

    def misconfigure(self, mistake: str) -> str:
        """A mistake is made in the developer console, or between it and the bot; returns what is
        wrong, and what one sees of it.

        Raises:
            WorldError: no mistake is called so; names those there are.
        """
        return self.call(self.sim.misconfigure, mistake, self.app).sentence

    @contextmanager
    def offline(self) -> Iterator[None]:
        """Inside this block the platform cannot be reached; at its end the bot is back."""
        with self.fault(Drop(), Refuse()):
            yield
        self.wait_for_bot()

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self.call(self.sim.faults.heal)

    # what has happened

    def calls(self, pattern: str = "*") -> list[Call]:
        """The bot's requests. `pattern` is as a shell's, over the path (`*/reply`) or over method
        and path (`POST */reply`)."""
        return self.look(lambda: [call for call in self.sim.calls if _matches(call, pattern)])

    @property
    def deliveries(self) -> list[Delivery]:
        """What the bot was sent, or would have been if it were set up for it."""
        return self.look(lambda: list(deliveries(self.sim)))

    @property
    def failures(self) -> list[Failure]:
        """Handlers that have failed, dead letters, and what no client should do on the wire."""
        return self.look(self._failures)

    def allow_failures(self) -> None:
        """The test looks at `failures` itself: it does not fail of them at its end."""
        self._allowed = True

    def check(self) -> None:
        """What the end of a test does.

        Raises:
            BotFailed: something has gone wrong since the last check, and was not allowed.
            NotAtRest: a handler is still at work, as above.
        """
        __tracebackhide__ = True
        if self._allowed:
            return
        failures = self.failures
        new, self._told = failures[self._told :], len(failures)
        if new:
            cause = next((each.cause for each in new if each.error), None)
            reason = "\n".join(each.reason for each in new)
            raise BotFailed("testing.failed", reason=reason) from cause

    @property
    def transcript(self) -> str:
        """All conversations, and what went wrong, as they stand."""
        lines = self.call(self._transcript)
        return "\n".join([*lines, *(each.traceback or each.reason for each in self._failures())])

    # for handles

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where platform and bot live."""
        return self._thread.do(work)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function there."""
        return self._thread.call(function, *args, **kwargs)

    def come_to_rest(self) -> None:
        """Wait until the bot is at rest.

        Raises:
            NotAtRest: it is not within `patience`; the sentence says what it still does.
        """
        __tracebackhide__ = True
        self.look(lambda: None)

    def look(self, function: Callable[[], T]) -> T:
        """Call a function there when the bot is at rest; raises as `come_to_rest`."""
        __tracebackhide__ = True
        return self.do(self._look(function))

    async def rest(self) -> None:
        """`come_to_rest`, for who is there already."""
        if self._bot is not None:
            await come_to_rest(self.sim, self._bot, self._clock, self.patience)
        else:
            await fall_silent(self.sim, self._clock, self.quiet, self.patience)

    async def _look(self, function: Callable[[], T]) -> T:
        await self.rest()
        return function()

    def why_unanswered(self, messages: Iterable[SimMessage]) -> Unanswered:
        """The error for whoever looks for a message that nobody has written."""
        error = Unanswered("testing.unanswered", why=self.call(self._why, messages))
        failures = [each.cause for each in self._failures() if each.error]
        error.__cause__ = failures[-1] if failures else None
        return error

    def _why(self, messages: Iterable[SimMessage]) -> str:
        last = next(reversed(list(messages)), None)
        return "\n".join(why(self.sim, self._bot, last))

    def _close(self) -> None:
        try:
            self.stop()
            self.do(self.sim.__aexit__(None, None, None))
        finally:
            self._thread.stop()
            self._home.cleanup()
            texts.use(self._language)

    def _adopt(self, accounts: Iterable[Account]) -> None:
        """The apps of a settings file are apps of this platform."""
        for account in reversed([*accounts]):
            if account.app_id != self.app_id:
                secret = account.app_secret.reveal()
                self.app = self.call(self.sim.add_app, account.app_id, secret, self.bot_name)
                self._account = account

    def _start(self, bot: BotRun) -> None:
        try:
            self.do(bot.start())
        except BaseException:
            self._bot = None
            raise
        self.wait_for_bot()

    def _lift(self, faults: Iterable[str]) -> None:
        standing = {active.id for active in self.sim.faults.active}
        for fault in standing.intersection(faults):
            self.sim.faults.lift(fault)

    def _failures(self) -> list[Failure]:
        return [*self._watch.failures, *map(Failure, self.sim.complaints)]

    def _transcript(self) -> list[str]:
        return [
            line
            for chat in self.sim.world.chats.values()
            for line in (f"[{chat.name}]", *lines_of(self.sim, chat), *self._silence_in(chat))
        ]

    def _silence_in(self, chat: SimChat) -> list[str]:
        """Why the last who spoke there has no answer."""
        last = chat.messages[-1] if chat.messages else None
        if last is None or not isinstance(last.sender, Person):
            return []
        _, *reasons = why(self.sim, self._bot, last)
        return [f"    {reason}" for reason in reasons]


@contextmanager
def _standing(lift: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        lift()


def _matches(call: Call, pattern: str) -> bool:
    subject = f"{call.method} {call.path}" if " " in pattern else call.path
    return fnmatchcase(subject, pattern)
