"""Does each visible act on the platform once: stored first, then tried until it is known."""

from larkgate.outbox.effects import Effect, EffectKeys, platform_uuid
from larkgate.outbox.outbox import Outbox, Sent
from larkgate.outbox.pacer import Pace, Pacer
from larkgate.outbox.sender import RETRIES, Sender, send_queue

__all__ = [
    "RETRIES",
    "Effect",
    "EffectKeys",
    "Outbox",
    "Pace",
    "Pacer",
    "Sender",
    "Sent",
    "platform_uuid",
    "send_queue",
]
