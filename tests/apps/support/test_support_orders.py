"""The sample work orders are whole, varied, and nobody's."""

from __future__ import annotations

import re
from collections import Counter

from larkgate.apps.support.orders import samples

ORDERS = samples()


def test_ids_are_unique_and_follow_the_dates() -> None:
    ids = [order.id for order in ORDERS]
    assert len(set(ids)) == len(ids) == 60
    assert all(re.fullmatch(rf"TSP-{order.closed_at.year}-\d{{4}}", order.id) for order in ORDERS)
    assert ids == sorted(ids)
    dates = [order.closed_at for order in ORDERS]
    assert dates == sorted(dates)


def test_each_order_says_what_was_seen_what_it_was_and_what_cured_it() -> None:
    for order in ORDERS:
        assert len(order.symptom) > 10, order.id
        assert len(order.cause) > 10, order.id
        assert 3 <= len(order.resolution) <= 5, order.id


def test_there_is_more_than_one_order_to_a_topic() -> None:
    topics = Counter(order.category for order in ORDERS)
    assert len(topics) >= 14
    assert min(topics.values()) >= 2
    assert topics["网络连接"] >= 5
    assert len({order.cause for order in ORDERS}) == len(ORDERS)
    assert len({order.model for order in ORDERS}) == 5


def test_no_phone_number_and_no_vin() -> None:
    for order in ORDERS:
        text = " ".join([order.symptom, order.cause, *order.resolution])
        assert not re.search(r"\d{7}|[A-HJ-NPR-Z0-9]{17}", text), order.id
