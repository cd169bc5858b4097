"""What the campaigns share: the installed command, a talkative world, and the two ledgers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sysconfig
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench.ledger import Ledger
from larkgate.protocol.events import message_key
from larkgate.simulator import App, Chat, Message, Person, PushRecord, Simulator

__all__ = [
    "ROOT",
    "Command",
    "Conversation",
    "Talk",
    "Verdict",
    "World",
    "judge",
    "populate",
]

ROOT = Path(__file__).parent.parent
_PATH = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
APP_ID = "cli_ca0123456789abcd"
APP_SECRET = "campaign-secret"
BOT = "助手"
_REPUSH = 0.5  # seconds
_NO_LIMIT = "sends_per_second = 0\nsends_per_minute = 0\nsends_per_chat = 0\n"


class Command:
    """`larkgate run` as installed, on one data directory, started as often as one likes.

    Args:
        target: the bot to run, as on the command line.
        role: what it does of receiving and handling.
        store: lines of its settings' section of that name.
        deadline: seconds its handlers get when it is asked to stop.
        under: a command that runs it, in place of this process.
    """

    def __init__(
        self,
        directory: Path,
        url: str,
        target: str,
        *,
        role: str = "all",
        store: str = "",
        deadline: float = 8.0,
        under: Sequence[str] = (),
    ) -> None:
        self.directory = directory
        self.store = directory / "data/larkgate/larkgate.db"
        installed = Path(sysconfig.get_path("scripts"), "larkgate")
        self._command = (*under, str(installed), "run", target)
        self._process: asyncio.subprocess.Process | None = None
        (directory / "larkgate.toml").write_text(
            f"[gateway]\nstop_deadline = {deadline}\nrole = '{role}'\n[http]\nport = 0\n"
            f"[log]\nlevel = 'WARNING'\n[store]\n{store}\n"
            f"[[feishu]]\napp_id = '{APP_ID}'\napp_secret = '{APP_SECRET}'\ndomain = '{url}'\n"
            f"{_NO_LIMIT}",
            "utf-8",
        )

    async def start(self, **environment: str) -> None:
        with (self.directory / "stderr").open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self.directory,
                env={**os.environ, "PYTHONPATH": _PATH, "LARKGATE_LANG": "en", **environment},
                stderr=errors,
            )

    async def ended(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        if self._process is None:
            raise RuntimeError("not started")
        return await self._process.wait()

    def freeze(self) -> None:
        """As a suspended machine or an endless pause for memory."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def kill(self) -> None:
        """As the machine might: no time for anything."""
        self._signal(signal.SIGKILL)
        await self.ended()

    async def terminate(self) -> tuple[int, float]:
        """Ask it to stop; exit status and the seconds it took."""
        asked = time.monotonic()
        self._signal(signal.SIGTERM)
        return await self.ended(), time.monotonic() - asked

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)

    async def __aenter__(self) -> Command:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            await self.kill()


class Said(NamedTuple):
    text: str
    message: Message
    push: PushRecord


class Conversation:
    """One person in one chat, who says the next thing once the last was acknowledged."""

    def __init__(self, sim: Simulator, chat: Chat, person: Person, left: int) -> None:
        self.chat = chat
        self.left = left
        self.said: list[Said] = []
        self._sim = sim
        self._person = person

    @property
    def pending(self) -> bool:
        """Whether what was said last is not acknowledged yet."""
        return bool(self.said) and self.said[-1].push.acked_at is None

    def speak(self, text: str) -> None:
        message = self._sim.say(self.chat, self._person, f"@{BOT} {text}")
        self.said.append(Said(text, message, self._sim.pushes[-1]))
        self.left -= 1


class World(NamedTuple):
    """The app and those who talk to it."""

    app: App
    conversations: list[Conversation]


def populate(sim: Simulator, events: int, *, groups: int, people: int) -> World:
    """Everybody talks in every group and privately; `events` are spread evenly."""
    sim.rate_limits = False
    sim.repush_after = (_REPUSH,) * 10_000
    app = sim.add_app(APP_ID, APP_SECRET, BOT)
    everybody = [sim.person(f"人{number}") for number in range(people)]
    chats = [sim.group(f"群{number}", [*everybody, app]) for number in range(groups)]
    places = [(chat, person) for chat in chats for person in everybody]
    places += [(sim.p2p(person, app), person) for person in everybody]
    share, rest = divmod(events, len(places))
    return World(
        app,
        [
            Conversation(sim, chat, person, share + (number < rest))
            for number, (chat, person) in enumerate(places)
        ],
    )


class Talk:
    """Keeps every conversation going until it has said all it had to say.

    Args:
        last_reply: how the last reply to an event ends.
        texts: what is said, in turn; `{}` is the event's number.

    Attributes:
        said, acked: events so far.
        answered: events whose last reply is on the platform.
    """

    def __init__(
        self, sim: Simulator, world: World, last_reply: str, texts: Sequence[str] = ("第{}问",)
    ) -> None:
        self.said = 0
        self.acked = 0
        self.answered = 0
        self._sim = sim
        self._world = world
        self._last = last_reply
        self._texts = itertools.cycle(texts)
        self._numbers = itertools.count(1)
        self._open: set[Conversation] = set()
        self._seen: dict[str, int] = {}

    async def run(self, patience: float) -> None:
        """Until everything said is answered, or for `patience` seconds nothing has changed."""
        everything = sum(each.left for each in self._world.conversations) + self.said
        for conversation in self._world.conversations:
            self._next(conversation)
        with contextlib.suppress(TimeoutError):
            while self.answered < everything:
                await self._sim.until(self._moved, patience)

    async def say_last(self, patience: float) -> None:
        """One more event in each chat: once it is answered, all before it is settled too."""
        chats = {each.chat.id: each for each in self._world.conversations}
        for conversation in chats.values():
            conversation.left = 1
        await self.run(patience)

    def _next(self, conversation: Conversation) -> None:
        if conversation.left:
            conversation.speak(next(self._texts).format(next(self._numbers)))
            self.said += 1
            self._open.add(conversation)

    def _moved(self) -> bool:
        """Let those go on whose last message was acknowledged; whether anything has changed."""
        before = self.acked, self.answered
        for conversation in [each for each in self._open if not each.pending]:
            self.acked += 1
            self._open.discard(conversation)
            self._next(conversation)
        for chat in {each.chat.id: each.chat for each in self._world.conversations}.values():
            start = self._seen.get(chat.id, 0)
            self._seen[chat.id] = len(chat.messages)
            new = itertools.islice(chat.messages, start, None)
            self.answered += sum(1 for each in new if each.text.endswith(self._last))
        return before != (self.acked, self.answered)


class Verdict(msgspec.Struct, frozen=True):
    """What the platform counts, and whether the ledger says the same.

    Attributes:
        lost: replies that had to come and did not.
        doubled: replies that came more than once.
        disordered: answers that overtook one of their conversation.
        disagreements: sentences about what platform and ledger see differently.
    """

    events: int
    replies: int
    lost: int
    doubled: int
    disordered: int
    disagreements: tuple[str, ...]

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.disordered or self.disagreements)


def judge(sim: Simulator, world: World, required: tuple[str, ...], ledger: Ledger) -> Verdict:
    """Look at what everybody was told, and at what the ledger says.

    Args:
        required: the replies that each event must have, once and in this order: `{text}` is what
            was said, `{number}` the how manyeth of its conversation. It may have others, once.
    """
    replies = _replies(sim, world.app)
    lost = doubled = disordered = 0
    for conversation in world.conversations:
        answers: list[Message] = []
        for number, said in enumerate(conversation.said, start=1):
            told = replies.get(said.message.id, [])
            texts = [each.text for each in told]
            due = [each.format(text=said.text, number=number) for each in required]
            lost += len(set(due) - set(texts))
            doubled += len(texts) - len(set(texts))
            answers += sorted((each for each in told if each.text in due), key=_by(due))
        places = [conversation.chat.messages.index(each) for each in answers]
        disordered += sum(1 for a, b in itertools.pairwise(places) if a > b)
    keys = {message_key(APP_ID, s.message.id) for each in world.conversations for s in each.said}
    return Verdict(
        events=len(keys),
        replies=sum(map(len, replies.values())),
        lost=lost,
        doubled=doubled,
        disordered=disordered,
        disagreements=tuple(ledger.differences(keys, itertools.chain(*replies.values()))),
    )


def _by(texts: list[str]) -> Callable[[Message], int]:
    return lambda message: texts.index(message.text)


def _replies(sim: Simulator, app: App) -> dict[str, list[Message]]:
    replies: dict[str, list[Message]] = {}
    for message in sim.messages:
        if message.sender is app:
            replies.setdefault(message.parent, []).append(message)
    return replies
