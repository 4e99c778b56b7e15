"""Orders that meet over the same stock, and steps that meet over the same order."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.crowd import Crowd, Reply, Sent, posting, refusals, statuses
from tests.support.orders import PATH, Placed, order_body, told
from tests.support.stock import Given, Item, fresh_key

pytestmark = pytest.mark.xdist_group("live")
_WAITS = {"backorder": True}


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces, and a partner that may order them."""
    item = given.stocked(10)
    given.agreement()
    return item


def _placing(item: Item, quantity: int, **members: Any) -> Sent:
    return Sent(item.tenant.operator, "POST", PATH, order_body(item, quantity, **members), key=fresh_key())


def _step(order: Placed, step: str, **members: Any) -> Sent:
    return Sent(order.tenant.operator, "POST", f"{PATH}/{order.code}/{step}", members, key=fresh_key())


def _waiting(item: Item, quantity: int = 1) -> Placed:
    return Placed.placed(item.tenant, order_body(item, quantity, line=_WAITS))


def _receipt(item: Item, quantity: int) -> Sent:
    return posting(item, "receipt", quantity, warehouseLocation="W1")


def _sums(orders: Sequence[Placed], name: str) -> list[int]:
    return [order.sums.get(name, 0) for order in orders]


def _conflict(replies: Sequence[Reply], code: str) -> set[tuple[int, str]]:
    assert {reply.json["code"] for reply in replies if reply.status >= 400} <= {code}
    return set(refusals(replies))


def test_32_orders_share_what_earlier_orders_have_left(item: Item, crowd: Crowd) -> None:
    """An order is checked against what lies there and not against what is free: the last piece is sold twice."""
    Placed.placed(item.tenant, order_body(item, 7))
    replies = crowd.send([_placing(item, 1) for _ in range(32)])
    assert (statuses(replies), _conflict(replies, "insufficient_stock")) == (
        {201: 3, 409: 29},
        {(409, "insufficient_stock")},
    )
    assert item.balances == (10, 10, 0, 0)
    assert len(item.tenant.operator.get(f"{PATH}?pageSize=200").json["data"]) == 4


def test_orders_and_other_takers_meet_over_the_last_piece(item: Item, crowd: Crowd) -> None:
    """Orders check the stock in another way than sales and leases: both take the last piece."""
    item.posted("sale", 9)
    takers = [
        taker
        for _ in range(11)
        for taker in (_placing(item, 1), posting(item, "sale", 1), posting(item, "reservation", 1))
    ]
    replies = crowd.send(takers)
    assert (statuses(replies), item.balances[3]) == ({201: 1, 409: 32}, 0)


def test_6_and_6_of_10_are_one_order(item: Item, crowd: Crowd) -> None:
    """Each order looks before the other has taken, and 12 of 10 are promised."""
    replies = crowd.send([_placing(item, 6), _placing(item, 6)])
    assert (statuses(replies), item.balances) == ({201: 1, 409: 1}, (10, 6, 0, 4))


def test_orders_with_their_lines_in_opposite_order_all_end(given: Given, item: Item, crowd: Crowd) -> None:
    """An order locks its items in the order of its lines: (A, B) and (B, A) wait for each other, and one dies of it."""
    other = given.stocked(100, product="P2")
    item.posted("receipt", 90, warehouseLocation="W1")
    lines = [{"productId": each.product, "quantity": 1} for each in (item, other)]
    replies = crowd.send([_placing(item, 1, items=lines[:: (-1) ** number]) for number in range(32)])
    assert statuses(replies) == {201: 32}
    assert [each.balances for each in (item, other)] == [(100, 32, 0, 68)] * 2
    orders = [Placed(item.tenant, reply.json["orderId"]) for reply in replies]
    assert statuses(crowd.send([_step(order, "cancel") for order in orders])) == {200: 32}
    assert [each.balances for each in (item, other)] == [(100, 0, 0, 100)] * 2


def test_of_lines_that_cannot_all_be_held_none_is(given: Given, item: Item, crowd: Crowd) -> None:
    """Lines that are held one by one leave halves of orders behind, which hold stock for nobody."""
    other = given.stocked(5, product="P2")
    lines = [{"productId": each.product, "quantity": 1} for each in (item, other)]
    replies = crowd.send([_placing(item, 1, items=lines[:: (-1) ** number]) for number in range(32)])
    assert statuses(replies) == {201: 5, 409: 27}
    assert (item.balances, other.balances) == ((10, 5, 0, 5), (5, 5, 0, 0))


def test_one_platform_number_32_times_is_one_order(item: Item, crowd: Crowd) -> None:
    """A platform sends its order several times, each under another key: each is an order, and each holds stock."""
    sale = {"type": "sale", "platform": "shopify", "platformOrderNumber": "1001"}
    replies = crowd.send([_placing(item, 2, **sale) for _ in range(32)])
    assert statuses(replies) == {201: 1, 200: 31}
    assert len({reply.content for reply in replies}) == 1
    assert (item.balances, len(told(item.tenant))) == ((10, 2, 0, 8), 1)


def test_one_platform_number_with_two_contents_is_one_of_them(item: Item, crowd: Crowd) -> None:
    """Two contents under one platform's number are taken for one another, or both are recorded."""
    sale = {"type": "sale", "platform": "shopify", "platformOrderNumber": "1001"}
    replies = crowd.send([_placing(item, 1 + number % 2, **sale) for number in range(32)])
    assert statuses(replies) == {201: 1, 200: 15, 409: 16}
    assert _conflict(replies, "already_exists") == {(409, "already_exists")}
    assert item.balances[1] == next(reply.json["items"][0]["quantity"] for reply in replies if reply.status == 201)


def test_cancelled_32_times_it_gives_back_once(item: Item, crowd: Crowd) -> None:
    """An order that is cancelled twice at once gives its stock back twice: more is free than lies there."""
    order = Placed.placed(item.tenant, order_body(item, 6))
    replies = crowd.send([_step(order, "cancel") for _ in range(32)])
    assert (statuses(replies), _conflict(replies, "invalid_state")) == ({200: 1, 409: 31}, {(409, "invalid_state")})
    assert (order.sums, item.balances) == ({"cancelled": 6}, (10, 0, 0, 10))


def test_32_parts_are_given_up_and_no_more(item: Item, crowd: Crowd) -> None:
    """Parts that are given up at once are each checked against the same rest: more is given back than was held."""
    order = Placed.placed(item.tenant, order_body(item, 10))
    part = {"items": [{"productId": "P1", "quantity": 1}]}
    replies = crowd.send([_step(order, "cancel", **part) for _ in range(32)])
    assert (statuses(replies), order.status) == ({200: 10, 409: 22}, "cancelled")
    assert (order.sums, item.balances) == ({"cancelled": 10}, (10, 0, 0, 10))


def test_confirmed_and_cancelled_at_once_it_ends_cancelled(given: Given, crowd: Crowd) -> None:
    """A confirmation that was decided before the cancellation writes over it: a dead order is confirmed."""
    item = given.stocked(32)
    given.agreement()
    orders = [Placed.placed(item.tenant, order_body(item, 2)) for _ in range(16)]
    fewer = {"items": [{"productId": "P1", "quantity": 1}]}
    replies = crowd.send(
        [each for order in orders for each in (_step(order, "confirm", **fewer), _step(order, "cancel"))]
    )
    for order, confirmation, cancellation in zip(orders, replies[::2], replies[1::2], strict=True):
        assert (confirmation.status, cancellation.status) in {(200, 200), (409, 200)}
        now = order.get().json
        confirmed = {"confirmed": 1} if confirmation.status == 200 else {}
        assert (now["status"], order.sums) == ("cancelled", {**confirmed, "cancelled": 2})
        assert now["version"] == 2 + len(confirmed)
    assert item.balances == (32, 0, 0, 32)


def test_confirmed_32_times_it_is_confirmed_once(item: Item, crowd: Crowd) -> None:
    """Confirmations of less each give up the rest of what they have read: all of it is given up."""
    order = Placed.placed(item.tenant, order_body(item, 10))
    fewer = {"items": [{"productId": "P1", "quantity": 9}]}
    replies = crowd.send([_step(order, "confirm", **fewer) for _ in range(32)])
    assert statuses(replies) == {200: 1, 409: 31}
    assert (order.sums, item.balances) == ({"confirmed": 9, "reserved": 9, "cancelled": 1}, (10, 9, 0, 1))


def test_two_receipts_fill_those_who_wait_in_order_and_each_unit_once(item: Item, crowd: Crowd) -> None:
    """Two receipts each give what has come to whoever waits first: a unit is promised twice, or somebody is passed."""
    item.posted("sale", 10)
    orders = [_waiting(item, 2) for _ in range(8)]
    assert statuses(crowd.send([_receipt(item, 5), _receipt(item, 5)])) == {201: 2}
    assert (_sums(orders, "reserved"), _sums(orders, "backordered")) == ([2] * 5 + [0] * 3, [0] * 5 + [2] * 3)
    assert item.balances == (10, 10, 0, 0)


def test_what_arrives_goes_to_who_waits_and_not_to_who_asks(item: Item, crowd: Crowd) -> None:
    """Stock is free between its receipt and its promise to those who wait: whoever asks at that moment passes them."""
    item.posted("sale", 10)
    orders = [_waiting(item) for _ in range(16)]
    asking = [posting(item, "sale", 1) for _ in range(8)] + [_placing(item, 1) for _ in range(8)]
    replies = crowd.send([*(_receipt(item, 1) for _ in range(16)), *asking])
    assert (statuses(replies[:16]), statuses(replies[16:])) == ({201: 16}, {409: 16})
    assert (_sums(orders, "reserved"), item.balances) == ([1] * 16, (16, 16, 0, 0))


def test_what_arrives_while_who_waits_cancels_goes_to_the_next(item: Item, crowd: Crowd) -> None:
    """A receipt promises to an order that is being cancelled: its unit is held for nobody, and the next waits on."""
    item.posted("sale", 10)
    leaving, staying = [_waiting(item) for _ in range(8)], [_waiting(item) for _ in range(8)]
    replies = crowd.send([*(_receipt(item, 1) for _ in range(8)), *(_step(order, "cancel") for order in leaving)])
    assert statuses(replies) == {201: 8, 200: 8}
    assert ({order.status for order in leaving}, _sums(leaving, "reserved")) == ({"cancelled"}, [0] * 8)
    assert (_sums(staying, "reserved"), _sums(staying, "backordered")) == ([1] * 8, [0] * 8)
    assert item.balances == (8, 8, 0, 0)


def test_32_who_may_wait_hold_what_there_is_and_wait_for_the_rest(item: Item, crowd: Crowd) -> None:
    """Orders that may wait each hold what they have seen free, and wait for the rest: ten pieces are held twelve times."""
    replies = crowd.send([_placing(item, 1, line=_WAITS) for _ in range(32)])
    assert (statuses(replies), item.balances) == ({201: 32}, (10, 10, 0, 0))
    orders = [Placed(item.tenant, reply.json["orderId"]) for reply in replies]
    assert (sum(_sums(orders, "reserved")), sum(_sums(orders, "backordered"))) == (10, 22)


def test_a_recall_among_32_orders_leaves_nothing_of_it_held(given: Given, crowd: Crowd) -> None:
    """A batch is recalled while it is ordered: an order holds on to it, and it is shipped."""
    item = given.stocked(20, batch="B1", expires="2034-01-01T00:00:00Z")
    given.stocked(8, batch="B2", expires="2034-06-01T00:00:00Z")
    given.agreement()
    named = {"supplierId": "S1", "productId": "P1", "reason": "glass"}
    hold = Sent(item.tenant.operator, "POST", "/v1/batches/B1/hold", named, key=fresh_key())
    replies = crowd.send([*(_placing(item, 1, line=_WAITS) for _ in range(32)), hold])
    assert statuses(replies) == {201: 32, 200: 1}
    orders = [Placed(item.tenant, reply.json["orderId"]) for reply in replies[:-1]]
    assert (sum(_sums(orders, "reserved")), sum(_sums(orders, "backordered"))) == (8, 24)
    assert (item.levels["W1", "B1"][1], item.levels["W1", "B2"][1]) == (0, 8)
