"""The platform's error codes as data: what each means to us, and the sentence that explains it.

Sources: official documents "Generic error codes", "Frequency control" and those of each API.
The official SDKs' own tables contradict them (99991400 as a permission error, 230020 as a target
that is gone); the documents win.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from larkgate.errors import Reaction

__all__ = ["ADVICE", "Advice", "advice"]


class Advice(msgspec.Struct, frozen=True):
    """What to do about a code, and the key of its sentence."""

    reaction: Reaction
    key: str


def advice(code: int, status: int) -> Advice:
    """The advice for a code; one that nobody listed is judged by its HTTP status."""
    known = ADVICE.get(code)
    if known is not None:
        return known
    if code in _INTERNAL or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Advice(Reaction.RETRY, "openapi.unavailable")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Advice(Reaction.WAIT, "openapi.rate_limited")
    return Advice(Reaction.GIVE_UP, "openapi.refused")


_INTERNAL = range(1255001, 1256000)  # Bitable's server side

_TABLE: dict[Reaction, dict[str, tuple[int, ...]]] = {
    Reaction.RETRY: {
        "openapi.unavailable": (1500, 2200, 5000),
        "openapi.still_sending": (18121, 230049),
    },
    Reaction.WAIT: {
        "openapi.rate_limited": (99991400, 11232, 11233, 11247, 1000004, 1000005),
        "openapi.chat_rate_limited": (230020,),
    },
    Reaction.TOKEN: {
        "openapi.token_rejected": (99991663, 99991664, 99991665),
    },
    Reaction.HOLD: {
        "openapi.bad_credentials": (10003, 10014, 10015, 99991543),
        "openapi.app_unusable": (99991662, 99991673),
        "openapi.bot_off": (230006,),
        "openapi.address_not_allowed": (99991401,),
        "openapi.quota_used_up": (99991403,),
    },
    Reaction.GIVE_UP: {
        "openapi.no_scope": (99991672,),
        "openapi.no_permission": (99991676, 99991679),
        "openapi.bad_request": (99992402, 9499, 230001, 99991661, 99991671),
        "openapi.bad_user_token": (99991668, 99991677),
        "openapi.unknown_id": (99992351, 99992354),
        "openapi.foreign_id": (99992361,),
        "openapi.wrong_id_type": (230034,),
        "openapi.not_in_chat": (230002,),
        "openapi.chat_dissolved": (232009,),
        "openapi.group_forbids": (230018,),
        "openapi.external_group": (230027,),
        "openapi.muted": (230035,),
        "openapi.out_of_reach": (230013,),
        "openapi.resigned": (230029,),
        "openapi.bot_stopped": (230053,),
        "openapi.tenant_gone": (230036,),
        "openapi.cross_tenant": (230038,),
        "openapi.message_gone": (230011, 230110, 230111),
        "openapi.message_invisible": (230050,),
        "openapi.thread_gone": (230019,),
        "openapi.no_threads": (230071,),
        "openapi.no_thread_or_edit": (230072,),
        "openapi.too_late_to_edit": (230075,),
        "openapi.too_late_to_recall": (230009,),
        "openapi.may_not_recall": (230026,),
        "openapi.card_too_old": (230031,),
        "openapi.bad_card": (230099,),
        "openapi.content_rejected": (230022, 230028),
        "openapi.too_long": (230025,),
        "openapi.not_shareable": (230015, 230017),
        "openapi.wrong_type": (230054, 230055),
    },
}

ADVICE = {
    code: Advice(reaction, key)
    for reaction, sentences in _TABLE.items()
    for key, codes in sentences.items()
    for code in codes
}
