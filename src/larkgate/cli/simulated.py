"""Commands that talk to a running simulator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec
import typer

from larkgate.cli import output
from larkgate.cli.simulate import running
from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.errors import DialError, LarkgateError, NotRunning, SettingsError
from larkgate.texts import say

__all__ = [
    "click",
    "export",
    "fault",
    "heal",
    "load",
    "misconfigure",
    "react",
    "recall",
    "speak",
    "status",
    "switch",
]

_LOOK_EVERY = 0.1
_PATIENCE = 10.0
_LISTED = 5
T = TypeVar("T")


class _Simulator:
    """The control API of one."""

    def __init__(self, url: str, dialer: Dialer) -> None:
        self._url = url.rstrip("/")
        self._dialer = dialer

    async def get(self, path: str, **query: object) -> Any:
        return msgspec.json.decode(await self.read("GET", f"{path}?{urlencode(query)}"))

    async def post(self, path: str, body: object) -> Any:
        return msgspec.json.decode(await self.read("POST", path, msgspec.json.encode(body)))

    async def read(self, method: str, path: str, body: bytes | None = None) -> bytes:
        """The body of the answer.

        Raises:
            NotRunning: nobody answers.
            LarkgateError: it was refused, with the sentence.
        """
        url = f"{self._url}/sim/{path}"
        try:
            answer = await self._dialer.request(method, url, body=body, timeout=_PATIENCE)
        except DialError as error:
            raise NotRunning("simulate.not_there", url=self._url) from error
        if answer.status != 200:
            raise LarkgateError("simulate.refused", cause=_cause(answer.body))
        return answer.body


def _cause(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"])
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError):
        return body.decode("utf-8", "replace")


def _ask(url: str | None, question: Callable[[_Simulator], Awaitable[T]]) -> T:
    async def asked() -> T:
        async with Dialer(SystemClock()) as dialer:
            return await question(_Simulator(url or running(), dialer))

    return asyncio.run(asked())


def speak(url: str | None, person: str, chat: str, text: str, wait: float, as_json: bool) -> None:
    """Say something and show who answered."""

    async def spoken(sim: _Simulator) -> tuple[Any, list[Any], list[str]]:
        said = await sim.post("say", {"as": person, "chat": chat, "text": text})
        answers = await _answers(sim, said, wait)
        return said, answers, [] if answers else await _reasons(sim, said)

    said, answers, reasons = _ask(url, spoken)
    if as_json:
        output.as_json({"said": said, "answers": answers, "reasons": reasons})
        return
    for each in (said, *answers):
        typer.echo(f"[{chat}] {each['sender']}: {each['text']}")
    if wait and not answers:
        typer.echo(say("simulate.nobody_answered", seconds=wait))
        for reason in reasons:
            typer.echo(reason)
        raise typer.Exit(1)


async def _answers(sim: _Simulator, said: Any, wait: float) -> list[Any]:
    clock = SystemClock()
    until = clock.monotonic() + wait
    while True:
        messages = await sim.get("messages", chat=said["chat_id"])
        answers = [message for message in messages if message["parent"] == said["id"]]
        if answers or clock.monotonic() >= until:
            return answers
        await clock.sleep(_LOOK_EVERY)


async def _reasons(sim: _Simulator, said: Any) -> list[str]:
    """Why nobody can have answered, as far as the platform knows."""
    withheld = [each for each in await sim.get("withheld") if each["about"] == said["id"]]
    pushes = await sim.get("pushes", about=said["id"])
    told = {each["app_id"] for each in pushes if each["acked_at"] is None}
    offline = [
        say("simulate.offline", app=app["name"])
        for app in await sim.get("apps")
        if app["id"] in told and not app["online"]
    ]
    return [*(each["sentence"] for each in withheld), *offline]


def recall(url: str | None, message: str | None, person: str, as_json: bool) -> None:
    """A person recalls a message, or their newest one."""

    async def recalled(sim: _Simulator) -> Any:
        found = message or await _newest(sim, lambda each: each["sender"] == person)
        return await sim.post("recall", {"message": found, "as": person})

    _show_message(_ask(url, recalled), as_json)


def react(url: str | None, emoji: str, message: str | None, person: str, as_json: bool) -> None:
    """A person puts an emoji on a message, or on the newest one."""

    async def reacted(sim: _Simulator) -> Any:
        found = message or await _newest(sim, lambda each: not each["recalled"])
        return await sim.post("react", {"message": found, "as": person, "emoji": emoji})

    _show_message(_ask(url, reacted), as_json)


def click(url: str | None, label: str, card: str | None, person: str, as_json: bool) -> None:
    """A person uses what has this label on a card, or on the newest one."""

    async def clicked(sim: _Simulator) -> Any:
        found = card or await _newest(sim, lambda each: each["card"] is not None)
        return await sim.post("press", {"card": found, "as": person, "label": label})

    result = _ask(url, clicked)
    if as_json:
        output.as_json(result)
    else:
        typer.echo(json.dumps(result["answer"], ensure_ascii=False))
    if result["error"] is not None:
        output.complain(say("simulate.click_failed", code=result["error"]))
        raise typer.Exit(1)


async def _newest(sim: _Simulator, wanted: Callable[[Any], bool]) -> str:
    for message in reversed(await sim.get("messages")):
        if wanted(message):
            return str(message["id"])
    raise LarkgateError("simulate.no_message")


def _show_message(message: Any, as_json: bool) -> None:
    def people() -> None:
        typer.echo(f"{message['id']}  {message['sender']}: {output.plain(message['text'])}")

    output.show(message, as_json, people)


def fault(url: str | None, kind: str | None, fields: Sequence[str], as_json: bool) -> None:
    """Inject a fault, or list what is in force."""
    if kind is None:
        listed = _ask(url, lambda sim: sim.get("faults"))
        output.show(listed, as_json, lambda: _table_of_faults(listed))
        return
    answer = _ask(url, lambda sim: sim.post("faults", {"do": kind, **values(fields)}))
    output.show(answer, as_json, lambda: typer.echo("\n".join(answer["ids"])))


def heal(url: str | None, ids: Sequence[str], as_json: bool) -> None:
    """Lift these faults, or all."""

    async def healed(sim: _Simulator) -> Any:
        for fault_id in ids:
            await sim.read("DELETE", f"faults/{quote(fault_id, safe='')}")
        if not ids:
            await sim.post("faults", {"do": "heal"})
        return await sim.get("faults")

    left = _ask(url, healed)
    output.show(left, as_json, lambda: _table_of_faults(left))


def switch(url: str | None, changes: Sequence[str], as_json: bool) -> None:
    """Set switches, and show them all."""
    wanted = values(changes)
    shown = _ask(url, lambda sim: sim.post("switches", wanted) if wanted else sim.get("switches"))
    rows = [(name, json.dumps(value)) for name, value in shown.items()]
    output.show(shown, as_json, lambda: output.table([*_words("switch", "value")], rows, folded=1))


def misconfigure(url: str | None, key: str | None, app: str, as_json: bool) -> None:
    """Make a set-up mistake, or list them all."""
    if key is None:
        found = _ask(url, lambda sim: sim.get("misconfigurations"))
        rows = [(each["key"], each["sentence"]) for each in found]
        words = _words("mistake", "what_one_sees")
        output.show(found, as_json, lambda: output.table(words, rows, folded=1))
        return
    done = _ask(url, lambda sim: sim.post("misconfigure", {"key": key, "app": app}))
    output.show(done, as_json, lambda: typer.echo(done["sentence"]))


def export(url: str | None, file: Path, secrets: bool) -> None:
    """Write the world into a file; "-" is the standard output."""
    path = "export?secrets=1" if secrets else "export"
    data = _ask(url, lambda sim: sim.read("GET", path))
    if str(file) == "-":
        typer.echo(data)
        return
    try:
        file.touch(0o600)
        file.write_bytes(data)
    except OSError as error:
        raise SettingsError("simulator.no_file", file=file, cause=error.strerror) from None


def load(url: str | None, file: Path) -> None:
    """Begin anew with the world of a file."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SettingsError("simulator.no_file", file=file, cause=error.strerror) from None
    _ask(url, lambda sim: sim.read("POST", "import", data))


def status(url: str | None, as_json: bool) -> None:
    """Apps and whether they are online, faults, and what was held back."""

    async def asked(sim: _Simulator) -> dict[str, Any]:
        return {
            "apps": await sim.get("apps"),
            "faults": await sim.get("faults"),
            "withheld": await sim.get("withheld", limit=_LISTED),
            "calls": await sim.get("calls", limit=_LISTED),
        }

    found = _ask(url, asked)
    output.show(found, as_json, lambda: _show_status(found))


def _show_status(found: Mapping[str, Any]) -> None:
    apps = [
        (app["name"], app["id"], app["online"], *_modes(app["in_force"])) for app in found["apps"]
    ]
    columns = _words("app", "id", "online", "events", "callbacks")
    output.table(columns, apps, numbers=[2])
    if found["faults"]:
        _table_of_faults(found["faults"])
    if withheld := found["withheld"]:
        held = [(each["event_type"], each["reason"], each["app_id"]) for each in withheld]
        output.table(_words("withheld", "reason", "app"), held)
    if calls := found["calls"]:
        made = [(each["method"], each["path"], each["status"], each["code"]) for each in calls]
        output.table(_words("call", "path", "status", "code"), made, folded=1, numbers=[2, 3])


def _modes(in_force: Mapping[str, Any] | None) -> tuple[object, object]:
    if in_force is None:
        return say("simulate.word.unpublished"), None
    return in_force["event_mode"], in_force["callback_mode"]


def _table_of_faults(listed: Sequence[Any]) -> None:
    rows = [(each["id"], each["fault"].pop("do"), _fields(each), each["struck"]) for each in listed]
    output.table(_words("id", "fault", "fields", "struck"), rows, folded=2, numbers=[3])


def _fields(listed: Any) -> str:
    """What is not as always."""
    return " ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}"
        for name, value in listed["fault"].items()
        if value not in (None, "", False, {}) and (name, value) != ("probability", 1.0)
    )


def _words(*keys: str) -> list[str]:
    return [say(f"simulate.word.{key}") for key in keys]


def values(fields: Sequence[str]) -> dict[str, Any]:
    """`name=value`: JSON where it is JSON, else text.

    Raises:
        SettingsError: there is no "=".
    """
    found = {}
    for field in fields:
        name, equals, text = field.partition("=")
        if not equals:
            raise SettingsError("simulate.no_value", field=field)
        found[name] = _value(text)
    return found


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text
