"""Many takers of one stock: as many get some as there is, whoever asks, by whichever door, in whatever order."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.crowd import Crowd, Reply, Sent, batch, posting, refusals, statuses
from tests.support.interleaving import Hold
from tests.support.stock import Given, Item, events_of, fresh_key, relay

pytestmark = pytest.mark.xdist_group("live")

_DOORS: list[Callable[[Item], Sent]] = [
    lambda item: posting(item, "reservation", 1),
    lambda item: Sent(
        item.tenant.operator, "POST", "/v1/inventory/transactions", item.entry("reservation", 1), key=fresh_key()
    ),
    lambda item: batch(item, [item.entry("reservation", 1)]),
]


def _accepted(replies: list[Reply]) -> int:
    return sum(reply.status < 300 for reply in replies)


def test_64_clients_sell_fifty(given: Given, crowd: Crowd) -> None:
    """Versions, ledger and events of many takers have gaps, or two of them have one place."""
    item = given.stocked(50)
    replies = crowd.send([posting(item, "sale", 1) for _ in range(64)])
    assert statuses(replies) == {201: 50, 409: 14}
    assert {(reply.json["code"], reply.json["available"]) for reply in replies if reply.status == 409} == {
        ("insufficient_stock", 0)
    }
    assert (item.balances, item.version) == ((0, 0, 0, 0), 51)
    assert sorted(reply.json["item"]["version"] for reply in replies if reply.status == 201) == list(range(2, 52))
    ledger = item.ledger
    assert [row["version"] for row in ledger] == list(range(1, 52))
    assert [row["inventoryLevelAfter"] for row in ledger] == list(range(50, -1, -1))
    assert events_of(given.tenant) == [("S1/P1", version) for version in range(1, 52)]
    relay()
    assert events_of(given.tenant) == [("S1/P1", version) for version in range(1, 52)]


def test_nothing_is_lost_when_stock_comes_and_goes(given: Given, crowd: Crowd) -> None:
    """Receipts and sales that meet overwrite each other's sums."""
    item = given.stocked(32)
    requests = [posting(item, "receipt", 2, warehouseLocation="W1") for _ in range(32)]
    requests += [posting(item, "sale", 1) for _ in range(32)]
    assert statuses(crowd.send(requests)) == {201: 64}
    assert (item.balances, item.version) == ((64, 0, 0, 64), 65)


def test_32_reservers_by_every_door_get_ten_of_ten(given: Given, crowd: Crowd) -> None:
    """A door that writes reservations without the guard of the others hands out the same unit twice."""
    item = given.stocked(10)
    replies = crowd.send([_DOORS[number % 3](item) for number in range(32)])
    assert (_accepted(replies), refusals(replies)) == (10, {(409, "insufficient_stock"): 22})
    assert (item.balances, item.version, len(item.ledger)) == ((10, 10, 0, 0), 11, 11)


def test_reservations_before_them_count(given: Given, crowd: Crowd) -> None:
    """Available stock is taken for on hand: what others hold, partly given back and shipped, is promised again."""
    item = given.stocked(19)
    given.agreement("R1")
    given.agreement("R2")
    held = [item.posted("reservation", 4)["reservationId"] for _ in range(3)]
    item.posted("release", 3, reservationId=held[0])
    item.posted("shipment", 3, reservationId=held[1])
    assert item.balances == (16, 6, 0, 10)
    callers = [given.tenant.operator, given.tenant.retailer("R1"), given.tenant.retailer("R2")]
    replies = crowd.send([posting(item, "reservation", 1, by=callers[number % 3]) for number in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 10, 409: 22}, {(409, "insufficient_stock"): 22})
    assert (item.balances, item.version) == ((16, 16, 0, 0), 16)


def test_two_lines_of_one_request_see_each_other(given: Given, crowd: Crowd) -> None:
    """Each line of a request is checked against the stock before the request: 6 and 6 of 10 are both promised."""
    item = given.stocked(10)
    refused = crowd.one(batch(item, [item.entry("reservation", 6)] * 2))
    assert refusals([refused]) == {(409, "insufficient_stock"): 1}
    assert [error["pointer"] for error in refused.json["errors"]] == ["#/items/1"]
    assert (item.balances, item.version) == ((10, 0, 0, 10), 1)
    replies = crowd.send([batch(item, [item.entry("reservation", 3)] * 2) for _ in range(32)])
    assert statuses(replies) == {200: 1, 409: 31}
    assert (item.balances, item.version) == ((10, 6, 0, 4), 3)


@pytest.mark.parametrize(
    ("kind", "quantity", "members"),
    [
        ("sale", 1, {}),
        ("shipment", 1, {}),
        ("damage", 1, {"reason": "x"}),
        ("damage", 1, {"reason": "x", "disposition": "scrap"}),
        ("adjustment", -1, {"reason": "x"}),
    ],
    ids=["sale", "shipment", "hold", "scrap", "adjustment"],
)
def test_32_removals_of_one_from_ten_are_ten_bookings(
    given: Given, crowd: Crowd, kind: str, quantity: int, members: dict[str, Any]
) -> None:
    """A balance that is clamped at nought lets the ledger tell of 32 removals where ten pieces lay."""
    item = given.stocked(10)
    replies = crowd.send([posting(item, kind, quantity, **members) for _ in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 10, 409: 22}, {(409, "insufficient_stock"): 22})
    ledger = item.ledger
    taken = [row["inventoryLevelAfter"] - row["onHoldAfter"] for row in ledger]
    assert (item.balances[3], item.version, taken) == (0, 11, list(range(10, -1, -1)))


def test_a_single_piece_goes_to_one_of_32(given: Given, crowd: Crowd) -> None:
    """A piece with a name of its own is promised to several, because only the product's sum is guarded."""
    item = given.stocked(5, batch="OTHERS")
    given.stocked(1, batch="PIECE-1")
    replies = crowd.send([posting(item, "reservation", 1, batchNumber="PIECE-1") for _ in range(32)])
    assert (statuses(replies), refusals(replies)) == ({201: 1, 409: 31}, {(409, "insufficient_stock"): 31})
    assert item.levels == {("W1", "OTHERS"): (5, 0, 0, 5), ("W1", "PIECE-1"): (1, 1, 0, 0)}


def test_who_has_seen_ten_does_not_thereby_get_one(given: Given, crowd: Crowd) -> None:
    """What was read before is trusted when the reservation is written: all who saw enough get some."""
    item = given.stocked(10)
    seen = crowd.send([Sent(given.tenant.operator, "GET", item.path) for _ in range(32)])
    assert [reply.json["availableQuantity"] for reply in seen] == [10] * 32
    replies = crowd.send([posting(item, "reservation", 3) for _ in range(32)])
    assert statuses(replies) == {201: 3, 409: 29}
    assert {reply.json["available"] for reply in replies if reply.status == 409} == {1}
    assert (item.balances, len(item.ledger)) == ((10, 9, 0, 1), 4)


def test_the_last_piece_goes_to_one_of_many_kinds_of_taking(given: Given, crowd: Crowd) -> None:
    """Two parts of a program check one row each in its own way, and both take the last piece."""
    item = given.stocked(1)
    given.warehouse("W2")
    given.warehouse("RW", partner="R1")
    away: dict[str, Any] = {"warehouseLocation": "W1"}
    takers = [
        posting(item, "sale", 1, **away),
        posting(item, "reservation", 1, **away),
        posting(item, "shipment", 1, **away),
        posting(item, "transfer", 1, toWarehouseLocation="W2", **away),
        posting(item, "transfer", 1, toWarehouseLocation="RW", **away),
        posting(item, "adjustment", -1, reason="x", **away),
    ]
    replies = crowd.send([taker.under_another_key() for taker in takers * 5])
    assert (statuses(replies), refusals(replies)) == ({201: 1, 409: 29}, {(409, "insufficient_stock"): 29})
    assert (item.levels["W1", None][3], item.version) == (0, 2)


def test_a_reservation_waits_for_the_transfer_before_it_and_finds_nothing(
    given: Given, crowd: Crowd, hold: Hold
) -> None:
    """A reservation that meets an uncommitted transfer decides by the row as it was, and both take the last piece."""
    item = given.stocked(1)
    given.warehouse("W2")
    hold.events()
    leaving = item.entry("transfer", 1, warehouseLocation="W1", toWarehouseLocation="W2")
    moving = crowd.begin(batch(item, [leaving]), process=0)
    hold.wait_for(1)
    reserving = crowd.begin(posting(item, "reservation", 1, warehouseLocation="W1"), process=1)
    hold.wait_for(2)
    hold.let_go()
    assert (moving.result().status, refusals([reserving.result()])) == (200, {(409, "insufficient_stock"): 1})
    assert item.levels == {("W1", None): (0, 0, 0, 0), ("W2", None): (1, 0, 0, 1)}


def test_a_reservation_waits_for_the_transfer_before_it_and_gets_what_it_gave_back(
    given: Given, crowd: Crowd, hold: Hold
) -> None:
    """A reservation that meets a transfer which rolls back is refused for stock that never left."""
    item = given.stocked(1)
    given.warehouse("W2")
    hold.events()
    leaving = item.entry("transfer", 1, warehouseLocation="W1", toWarehouseLocation="W2")
    moving = crowd.begin(batch(item, [leaving, leaving]), process=0)  # the second finds nothing: neither stands
    hold.wait_for(1)
    reserving = crowd.begin(posting(item, "reservation", 1, warehouseLocation="W1"), process=1)
    hold.wait_for(2)
    hold.let_go()
    assert (refusals([moving.result()]), reserving.result().status) == ({(409, "insufficient_stock"): 1}, 201)
    assert (item.levels, item.version) == ({("W1", None): (1, 1, 0, 0)}, 2)


def test_the_owner_of_the_only_reservation_ships_while_strangers_ask(given: Given, crowd: Crowd) -> None:
    """Availability of nought refuses also the one who holds it all: a promise that cannot be kept."""
    item = given.stocked(10)
    name = item.posted("reservation", 10)["reservationId"]
    requests = [posting(item, "shipment", 10, reservationId=name)]
    requests += [posting(item, ("reservation", "sale", "shipment")[number % 3], 1) for number in range(31)]
    owner, *strangers = crowd.send(requests)
    assert (owner.status, refusals(strangers)) == (201, {(409, "insufficient_stock"): 31})
    assert (item.balances, item.version) == ((0, 0, 0, 0), 3)
