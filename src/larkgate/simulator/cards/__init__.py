"""What cards are on the platform: what is taken, what people see and use, what entities do."""

from larkgate.simulator.cards.cards import Cards
from larkgate.simulator.cards.checks import Rules, check_card
from larkgate.simulator.cards.controls import Control, Option, Said
from larkgate.simulator.cards.elements import Card, is_shared
from larkgate.simulator.cards.entities import CardEntity, Operation

__all__ = [
    "Card",
    "CardEntity",
    "Cards",
    "Control",
    "Operation",
    "Option",
    "Rules",
    "Said",
    "check_card",
    "is_shared",
]
