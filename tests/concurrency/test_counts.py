"""Counting while others sell, count and state (peers, scenario 14): no sale is erased, nothing is corrected twice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.crowd import Crowd, Sent, posting, statuses
from tests.support.stock import Given, Item, fresh_key, wait_for

pytestmark = pytest.mark.xdist_group("live")


def _count(given: Given, items: list[Item], quantity: int) -> str:
    """Open a count, count every item now, in the order given, and return the count's path."""
    operator = given.tenant.operator
    path = f"/v1/counts/{operator.post('/v1/counts', {'warehouseLocation': 'W1'}).json['countId']}"
    lines = [{"supplierId": item.supplier, "productId": item.product, "quantity": quantity} for item in items]
    assert operator.post(f"{path}/lines", {"lines": lines}, key=fresh_key()).status == 200
    wait_for(datetime.now(UTC))
    return path


def _sent(given: Given, path: str) -> Sent:
    return Sent(given.tenant.operator, "POST", path, key=fresh_key())


def _bookings(item: Item, kind: str) -> list[int]:
    return [row["inventoryLevelChange"] for row in item.ledger if row["type"] == kind]


def test_a_count_that_is_approved_while_32_sell_erases_no_sale(given: Given, crowd: Crowd) -> None:
    """An absolute value that overwrites the level would bring sold stock back."""
    item = given.stocked(100)
    path = _count(given, [item], 98)
    replies = crowd.send([_sent(given, f"{path}/approve"), *(posting(item, "sale", 1) for _ in range(32))])
    assert statuses(replies) == {200: 1, 201: 32}
    assert item.balances == (66, 0, 0, 66)
    assert _bookings(item, "count") == [-2]


def test_16_counts_of_one_place_that_arrive_in_any_order_correct_once(given: Given, crowd: Crowd) -> None:
    """A late count that is rebased over other counts would take away again what they have found missing."""
    item = given.stocked(50)
    paths = [_count(given, [item], 47) for _ in range(16)]
    sales = [posting(item, "sale", 1) for _ in range(16)]
    replies = crowd.send([_sent(given, f"{path}/approve") for path in reversed(paths)] + sales)
    assert statuses(replies) == {200: 16, 201: 16}
    assert item.balances == (31, 0, 0, 31)
    assert sum(_bookings(item, "count")) == -3


def test_a_count_that_16_approve_is_booked_once(given: Given, crowd: Crowd) -> None:
    """Two who decide at once would book the difference twice."""
    item = given.stocked(10)
    path = _count(given, [item], 8)
    replies = crowd.send([_sent(given, f"{path}/approve") for _ in range(16)])
    assert statuses(replies) == {200: 1, 409: 15}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"invalid_state"}
    assert (item.balances[0], _bookings(item, "count")) == (8, [-2])


def test_counts_with_the_same_items_in_opposite_orders_do_not_wait_for_each_other(given: Given, crowd: Crowd) -> None:
    """Items locked in the order of the lines would end in a deadlock."""
    items = [given.stocked(10, product=f"P{number}") for number in range(8)]
    paths = [_count(given, order, 9) for _ in range(4) for order in (items, items[::-1])]
    replies = crowd.send([_sent(given, f"{path}/approve") for path in paths])
    assert statuses(replies) == {200: 8}
    assert [item.balances[0] for item in items] == [9] * 8


def test_a_value_is_decided_once_while_its_source_states_it_anew(given: Given, crowd: Crowd) -> None:
    """Review and item locked in two orders would end in a deadlock; two who decide would book it twice."""
    item = given.stocked(10)
    policy = {"policy": "manualReview"}
    given.tenant.operator.request("PUT", "/v1/conflictPolicies/default", policy, if_none_match="*")
    stated: dict[str, Any] = {"warehouseLocation": "W1", "source": "erp"}
    path = f"/v1/reviews/{item.posted('count', 7, **stated)['reviewId']}"
    decisions = [_sent(given, f"{path}/{verb}") for verb in ("approve", "reject") * 6]
    replies = crowd.send([*decisions, *(posting(item, "count", 6, **stated) for _ in range(12))])
    decided = replies[: len(decisions)]
    assert statuses(decided) in ({200: 1, 409: 11}, {409: 12})
    assert {reply.json["code"] for reply in decided if reply.status == 409} == {"invalid_state"}
    assert statuses(replies[len(decisions) :]) == {201: 12}
    status = given.tenant.operator.get(path).json["status"]
    assert status in {"approved", "rejected", "overruled"}
    assert (item.balances[0], _bookings(item, "count")) == ((7, [-3]) if status == "approved" else (10, []))
    waiting = given.tenant.operator.get("/v1/reviews?status=open").json["data"]
    assert [row["statedQuantity"] for row in waiting] == [6]
