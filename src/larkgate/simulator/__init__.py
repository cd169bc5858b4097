"""Pretends to be the platform, on this machine: for tests, for the demo, without an account."""

from larkgate.simulator import faults
from larkgate.simulator.apps import App, Console
from larkgate.simulator.cards import CardEntity, Control
from larkgate.simulator.clicks import Clicked
from larkgate.simulator.events import Withheld
from larkgate.simulator.http import Call
from larkgate.simulator.pushes import Attempt, PushRecord
from larkgate.simulator.simulator import Simulator, serve
from larkgate.simulator.standard import APP_ID, APP_SECRET, StandardWorld, standard_world
from larkgate.simulator.world import Chat, Message, Person, WorldError

__all__ = [
    "APP_ID",
    "APP_SECRET",
    "App",
    "Attempt",
    "Call",
    "CardEntity",
    "Chat",
    "Clicked",
    "Console",
    "Control",
    "Message",
    "Person",
    "PushRecord",
    "Simulator",
    "StandardWorld",
    "Withheld",
    "WorldError",
    "faults",
    "serve",
    "standard_world",
]
