"""The search for an order: it finds one where there is one, and none where there is none."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.model.calls import Call, Reply
from tests.model.explain import explained
from tests.model.items import BALANCES
from tests.model.stock import Change, Item, Key, Lease, Place, Reservation, Stock

ITEM = Key("S1", "P1")
W1 = Place("W1", None)


def stock_of(quantity: int) -> Stock:
    item = Item(ITEM)
    item.book("receipt", [Change(W1, on_hand=quantity)], step=0)
    return Stock({ITEM: item})


def sale(quantity: int, **members: Any) -> Call:
    body = {"type": "sale", "quantity": quantity}
    return Call("sale", "movement", "POST", "/v1/inventory/S1/P1", item=ITEM, body=body, step=1, **members)


def sold(quantity: int, *, before: int, version: int, kind: str = "sale") -> Reply:
    """Return the answer to a sale that found `before` and made `version`."""
    change = {"inventoryLevelChange": -quantity, "reservedChange": 0, "onHoldChange": 0}
    line = {"type": kind, "version": version, "warehouseLocation": "W1", "batchNumber": None, **change}
    body = {"item": item_body(before - quantity, version), "transactions": [line], "reservationId": None}
    return Reply(201, {"etag": f'"{version}.00000000"', "location": "/v1/transactions/t"}, json.dumps(body).encode())


def refused(available: int, requested: int) -> Reply:
    problem = {"status": 409, "code": "insufficient_stock", "available": available, "requested": requested}
    return Reply(409, {}, json.dumps(problem).encode())


def read(left: int, version: int) -> tuple[Call, Reply]:
    body = json.dumps(item_body(left, version)).encode()
    return Call("read", "read", "GET", "/v1/inventory/S1/P1", item=ITEM), Reply(200, {"etag": f'"{version}.0"'}, body)


def item_body(left: int, version: int) -> dict[str, Any]:
    balances = dict(zip(BALANCES, (left, 0, 0, left), strict=True))
    level = {"warehouseLocation": "W1", "batchNumber": None, "expirationDate": None, **balances}
    status = "inStock" if left else "outOfStock"
    return {
        "supplierId": "S1",
        "productId": "P1",
        "retailPartnerId": None,
        "version": version,
        **balances,
        "stockStatus": status,
        "reorderThreshold": None,
        "reorderThresholds": {},
        "attributes": {},
        "incomingQuantity": 0,
        "incoming": [],
        "levels": [level],
    }


def left(stock: Stock) -> int:
    return stock.items[ITEM].totals[0]


def test_an_order_is_found_though_the_calls_are_listed_in_another() -> None:
    observed = [
        (sale(1), refused(0, 1)),
        (sale(2), sold(2, before=2, version=4)),
        (sale(3), sold(3, before=5, version=3)),
        read(5, 2),
        (sale(1), sold(1, before=6, version=2)),
    ]
    assert left(explained(stock_of(6), observed, found=0, expected=left)) == 0


@pytest.mark.parametrize(
    "observed",
    [
        [(sale(1), sold(1, before=1, version=2)), (sale(1), sold(1, before=1, version=2))],
        [(sale(1), sold(1, before=1, version=2)), (sale(1), refused(1, 1))],
        [(sale(1), refused(0, 1))],
        [(sale(1), sold(1, before=1, version=3))],
        [(sale(1), sold(1, before=1, version=2, kind="shipment"))],
        [(sale(1), sold(1, before=1, version=2)), read(1, 2)],
    ],
    ids=[
        "sold twice",
        "refused what is there",
        "refused for nothing",
        "a version is left out",
        "booked as another kind",
        "a read of the past",
    ],
)
def test_what_no_order_explains_is_a_failure(observed: list[tuple[Call, Reply]]) -> None:
    with pytest.raises(AssertionError, match="no order of these calls"):
        explained(stock_of(1), observed, found=0, expected=left)


def test_what_is_found_afterwards_counts() -> None:
    with pytest.raises(AssertionError, match="0 is expected afterwards and 1 is found"):
        explained(stock_of(1), [(sale(1), sold(1, before=1, version=2))], found=1, expected=left)


def test_who_was_answered_before_another_asked_came_first() -> None:
    call, too_late = read(1, 1)
    first = replace(sold(1, before=1, version=2), asked_at=1.0, answered_at=2.0)
    second = replace(too_late, asked_at=3.0, answered_at=4.0)
    with pytest.raises(AssertionError, match="no order of these calls"):
        explained(stock_of(1), [(sale(1), first), (call, second)], found=0, expected=left)
    overlapping = replace(second, asked_at=1.5)
    assert left(explained(stock_of(1), [(sale(1), first), (call, overlapping)], found=0, expected=left)) == 0


def test_a_key_has_one_effect_and_its_replay_the_same_bytes() -> None:
    call, reply = sale(1, key="k"), sold(1, before=3, version=2)
    again = replace(reply, headers={**reply.headers, "idempotent-replayed": "true"})
    assert left(explained(stock_of(3), [(call, again), (call, reply)], found=2, expected=left)) == 2
    twice = sold(1, before=2, version=3)
    altered = replace(again, content=again.content + b" ")
    for wrong in (twice, altered, reply):
        with pytest.raises(AssertionError, match="no order of these calls"):
            explained(stock_of(3), [(call, reply), (call, wrong)], found=left, expected=lambda _: left)


def test_a_lapsed_lease_may_be_taken_back_by_whoever_comes_next() -> None:
    stock = stock_of(2)
    item = stock.items[ITEM]
    item.book("reservation", [Change(W1, reserved=2)], step=0)
    item.leases["r"] = Lease("held", {W1: 2}, lapsed="past")
    stock.reservations["r"] = Reservation((ITEM,), "past", version=1, lapsed=True)
    after = explained(stock, [(sale(2), sold(2, before=2, version=4))], found=0, expected=left)
    assert after.items[ITEM].leases["r"].state == "expired"
