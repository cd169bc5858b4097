from __future__ import annotations

import pytest

from larkgate import texts
from larkgate.errors import Reaction
from larkgate.openapi.codes import ADVICE, advice

R = Reaction

# Every code of the platform's that a bot is known to meet, with what the documents say to do.
MEANT = {
    R.RETRY: [1500, 2200, 5000, 1255001, 1255002, 1255040, 18121, 230049],
    R.WAIT: [99991400, 230020, 11232, 11233, 11247, 1000004, 1000005],
    R.TOKEN: [99991663, 99991664, 99991665],
    R.HOLD: [
        *(10003, 10014, 10015, 99991543),
        *(99991662, 99991673, 99991401, 99991403, 230006),
    ],
    R.GIVE_UP: [
        *(99991661, 99991668, 99991677, 99991671, 99991672, 99991676, 99991679),
        *(99992402, 9499, 230001, 99992351, 99992354, 99992361),
        *(230002, 230009, 230011, 230110, 230111, 230013, 230015, 230017, 230018, 230019),
        *(230022, 230028, 230025, 230026, 230027, 230029, 230031, 230034, 230035, 230036),
        *(230038, 230050, 230053, 230054, 230055, 230071, 230072, 230075, 230099, 232009),
    ],
}


@pytest.mark.parametrize(
    ("code", "reaction"), [(code, reaction) for reaction, codes in MEANT.items() for code in codes]
)
def test_a_known_code_has_its_reaction_whatever_the_http_status(
    code: int, reaction: Reaction
) -> None:
    for status in (200, 400, 403, 429, 504):
        assert advice(code, status).reaction is reaction


def test_no_code_stands_in_the_table_twice_or_unlisted() -> None:
    listed = [code for codes in MEANT.values() for code in codes]
    assert set(ADVICE) <= set(listed)
    assert len(ADVICE) == len([code for code in listed if not 1255000 < code < 1256000])


@pytest.mark.parametrize(
    ("status", "reaction"),
    [(200, R.GIVE_UP), (400, R.GIVE_UP), (403, R.GIVE_UP), (429, R.WAIT), (500, R.RETRY)],
)
def test_an_unknown_code_is_judged_by_its_status(status: int, reaction: Reaction) -> None:
    assert advice(123456789, status).reaction is reaction


def test_every_advice_has_its_sentence() -> None:
    keys = {found.key for found in ADVICE.values()} | {"openapi.unreadable", "openapi.refused"}
    assert keys <= set(texts.table())
