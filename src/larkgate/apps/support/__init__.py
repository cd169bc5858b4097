"""The support desk: answers questions from closed work orders and names the ones it used."""

from larkgate.apps.support.app import build, describe
from larkgate.apps.support.assistant import Answer, Assistant
from larkgate.apps.support.models import PROVIDERS, Model, choose
from larkgate.apps.support.orders import WorkOrder, samples
from larkgate.apps.support.settings import LlmSettings, Settings

__all__ = [
    "PROVIDERS",
    "Answer",
    "Assistant",
    "LlmSettings",
    "Model",
    "Settings",
    "WorkOrder",
    "build",
    "choose",
    "describe",
    "samples",
]
