"""Contract, section 2: what brings stock in or corrects it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.stock import Given, nothing_moves, refused, wait_for


def test_a_receipt_raises_on_hand_and_makes_the_item_and_its_level(given: Given) -> None:
    item = given.item()
    assert item.get().status == 404
    answer = item.post("receipt", 7, warehouseLocation="W1", reference="PO-1", reason="delivery")
    assert answer.status == 201
    assert item.levels == {("W1", None): (7, 0, 0, 7)}
    assert answer.json["item"] == item.get().json
    assert (answer.json["item"]["version"], answer.json["reservationId"]) == (1, None)
    (booked,) = answer.json["transactions"]
    assert booked == item.ledger[0]
    assert answer.headers["Location"] == f"/v1/transactions/{booked['transactionId']}"
    assert {name: booked[name] for name in booked if name not in ("transactionId", "occurredAt", "recordedAt")} == {
        "supplierId": "S1",
        "productId": "P1",
        "retailPartnerId": None,
        "type": "receipt",
        "quantity": 7,
        "inventoryLevelChange": 7,
        "reservedChange": 0,
        "onHoldChange": 0,
        "inventoryLevelAfter": 7,
        "reservedAfter": 0,
        "onHoldAfter": 0,
        "warehouseLocation": "W1",
        "batchNumber": None,
        "reservationId": None,
        "reference": "PO-1",
        "reason": "delivery",
        "version": 1,
    }


def test_a_second_receipt_goes_onto_the_same_level(given: Given) -> None:
    item = given.stocked(7)
    item.posted("receipt", 5, warehouseLocation="W1")
    assert item.levels == {("W1", None): (12, 0, 0, 12)}
    assert (item.version, len(item.ledger)) == (2, 2)


def test_every_batch_and_every_warehouse_is_a_level(given: Given) -> None:
    item = given.stocked(1, batch="B1", expires="2999-01-01")
    given.warehouse("W2")
    item.posted("receipt", 2, warehouseLocation="W1", batchNumber="B2")
    item.posted("receipt", 4, warehouseLocation="W2", batchNumber="B1")
    assert item.levels == {("W1", "B1"): (1, 0, 0, 1), ("W2", "B1"): (4, 0, 0, 4), ("W1", "B2"): (2, 0, 0, 2)}
    assert item.balances == (7, 0, 0, 7)


def test_a_batch_keeps_the_expiry_of_its_first_receipt(given: Given) -> None:
    item = given.stocked(1, batch="B1", expires="2999-01-01")
    item.posted("receipt", 1, warehouseLocation="W1", batchNumber="B1")
    item.posted("receipt", 1, warehouseLocation="W1", batchNumber="B1", expirationDate="2999-01-01T23:59:59Z")
    assert item.get().json["expirationDate"] == "2999-01-01T23:59:59.000000Z"
    given.warehouse("W2")
    with nothing_moves(given.tenant):
        for place in ("W1", "W2"):
            mismatch = item.post("receipt", 1, warehouseLocation=place, batchNumber="B1", expirationDate="2999-01-02")
            refused(mismatch, 409, "invalid_state", expirationDate="2999-01-01T23:59:59+00:00")


def test_an_expiry_may_be_a_moment_with_an_offset(given: Given) -> None:
    item = given.item()
    item.posted("receipt", 1, warehouseLocation="W1", batchNumber="B", expirationDate="2999-01-01T02:00:00+02:00")
    assert item.get().json["expirationDate"] == "2999-01-01T00:00:00.000000Z"


def test_a_return_raises_on_hand(given: Given) -> None:
    item = given.stocked(5)
    item.posted("return", 2, warehouseLocation="W1", reason="unopened")
    item.posted("return", 1, warehouseLocation="W1", disposition="restock")
    assert item.balances == (8, 0, 0, 8)


def test_a_quarantined_return_is_on_hand_and_on_hold(given: Given) -> None:
    item = given.stocked(5)
    item.posted("return", 2, warehouseLocation="W1", disposition="quarantine")
    assert item.balances == (7, 0, 2, 5)
    assert (item.ledger[-1]["inventoryLevelChange"], item.ledger[-1]["onHoldChange"]) == (2, 2)


def test_a_return_may_be_the_first_of_an_item(given: Given) -> None:
    item = given.item()
    item.posted("return", 2, warehouseLocation="W1")
    assert item.levels == {("W1", None): (2, 0, 0, 2)}


@pytest.mark.parametrize(("quantity", "after"), [(3, 13), (-3, 7), (-10, 0)])
def test_an_adjustment_is_signed(given: Given, quantity: int, after: int) -> None:
    item = given.stocked(10)
    item.posted("adjustment", quantity, reason="recount")
    assert item.balances == (after, 0, 0, after)
    assert item.ledger[-1]["inventoryLevelChange"] == quantity
    assert item.ledger[-1]["quantity"] == abs(quantity)


def test_an_adjustment_stops_at_what_is_reserved_and_on_hold(given: Given) -> None:
    item = given.stocked(10)
    item.posted("reservation", 3)
    item.posted("damage", 2, reason="wet")
    with nothing_moves(given.tenant):
        over = item.post("adjustment", -6, reason="recount")
        refused(over, 409, "insufficient_stock", available=5, requested=6, reserved=3, onHold=2)
    item.posted("adjustment", -5, reason="recount")
    assert item.balances == (5, 3, 2, 0)


def test_a_positive_adjustment_may_make_the_item_and_a_negative_one_may_not(given: Given) -> None:
    item = given.item()
    with nothing_moves(given.tenant):
        refused(
            item.post("adjustment", -1, reason="lost", warehouseLocation="W1"), 409, "insufficient_stock", available=0
        )
        refused(item.post("adjustment", 1, reason="found"), 409, "insufficient_stock", available=0)
    item.posted("adjustment", 4, reason="found", warehouseLocation="W1", batchNumber="B1")
    assert item.levels == {("W1", "B1"): (4, 0, 0, 4)}


@pytest.mark.parametrize("quantity", [0, 4, 10, 25])
def test_a_count_says_what_is_there(given: Given, quantity: int) -> None:
    item = given.stocked(10)
    item.posted("count", quantity, warehouseLocation="W1")
    assert item.balances == (quantity, 0, 0, quantity)
    assert item.ledger[-1]["inventoryLevelChange"] == quantity - 10
    assert item.version == 2


def test_a_count_may_be_the_first_of_an_item(given: Given) -> None:
    item = given.item()
    item.posted("count", 3, warehouseLocation="W1", batchNumber="B1")
    assert item.levels == {("W1", "B1"): (3, 0, 0, 3)}


def test_an_adjustment_below_what_is_reserved_is_refused(given: Given) -> None:
    item = given.stocked(10)
    item.posted("reservation", 4)
    with nothing_moves(given.tenant):
        refused(
            item.post("adjustment", -7, warehouseLocation="W1", reason="miscounted"),
            409,
            "insufficient_stock",
            available=6,
            requested=7,
            reserved=4,
            onHold=0,
        )
    item.posted("adjustment", -6, warehouseLocation="W1", reason="miscounted")
    assert item.balances == (4, 4, 0, 0)


def test_what_was_booked_after_the_counting_stays_booked(given: Given) -> None:
    item = given.stocked(10)
    counted = datetime.now(UTC)
    wait_for(counted)
    item.posted("sale", 3)
    item.posted("receipt", 1, warehouseLocation="W1")
    item.posted("count", 9, warehouseLocation="W1", countedAt=counted.isoformat())  # one was missing
    assert item.balances == (7, 0, 0, 7)
    assert item.ledger[-1]["inventoryLevelChange"] == -1


def test_a_late_count_of_what_the_books_said_changes_nothing(given: Given) -> None:
    item = given.stocked(10)
    counted = datetime.now(UTC)
    wait_for(counted)
    item.posted("sale", 3)
    item.posted("count", 10, warehouseLocation="W1", countedAt=counted.isoformat())
    assert item.balances == (7, 0, 0, 7)
    assert (item.ledger[-1]["type"], item.ledger[-1]["inventoryLevelChange"], item.version) == ("count", 0, 3)


def test_two_late_counts_arriving_in_the_wrong_order_agree(given: Given) -> None:
    item = given.stocked(10)
    first = datetime.now(UTC)
    wait_for(first)
    item.posted("sale", 2)
    second = datetime.now(UTC)
    wait_for(second)
    item.posted("sale", 1)
    item.posted("count", 8, warehouseLocation="W1", countedAt=second.isoformat())
    item.posted("count", 10, warehouseLocation="W1", countedAt=first.isoformat())
    assert item.balances == (7, 0, 0, 7)


NEEDS: list[tuple[str, Any, dict[str, Any], str]] = [
    ("receipt", 1, {}, "#/warehouseLocation"),
    ("return", 1, {}, "#/warehouseLocation"),
    ("count", 1, {}, "#/warehouseLocation"),
    ("transfer", 1, {"toWarehouseLocation": "W2"}, "#/warehouseLocation"),
    ("transfer", 1, {"warehouseLocation": "W1"}, "#/toWarehouseLocation"),
    ("transfer", 1, {"warehouseLocation": "W1", "toWarehouseLocation": "W1"}, "#/toWarehouseLocation"),
    ("damage", 1, {}, "#/reason"),
    ("adjustment", 1, {}, "#/reason"),
    ("adjustment", 0, {"reason": "x"}, "#/quantity"),
    ("release", None, {}, "#/reservationId"),
    ("count", -1, {"warehouseLocation": "W1"}, "#/quantity"),
    *[
        (kind, quantity, members, "#/quantity")
        for kind, members in {
            "receipt": {"warehouseLocation": "W1"},
            "sale": {},
            "reservation": {},
            "shipment": {},
            "return": {"warehouseLocation": "W1"},
            "damage": {"reason": "x"},
            "transfer": {"warehouseLocation": "W1", "toWarehouseLocation": "W2"},
        }.items()
        for quantity in (None, 0, -1, 10**9 + 1)
    ],
    ("adjustment", 10**9 + 1, {"reason": "x"}, "#/quantity"),
    ("adjustment", -(10**9) - 1, {"reason": "x"}, "#/quantity"),
    ("count", 10**9 + 1, {"warehouseLocation": "W1"}, "#/quantity"),
    ("adjustment", None, {"reason": "x"}, "#/quantity"),
    ("count", None, {"warehouseLocation": "W1"}, "#/quantity"),
    ("return", 1, {"warehouseLocation": "W1", "disposition": "scrap"}, "#/disposition"),
    ("damage", 1, {"reason": "x", "disposition": "quarantine"}, "#/disposition"),
    ("sale", 1, {"disposition": "scrap"}, "#/disposition"),
    ("sale", 1, {"reservationId": "res_00000000000000000000000000"}, "#/reservationId"),
    ("sale", 1, {"expirationDate": "2030-01-01"}, "#/expirationDate"),
    ("sale", 1, {"countedAt": "2020-01-01T00:00:00Z"}, "#/countedAt"),
    ("receipt", 1, {"warehouseLocation": "W1", "expiresAt": "2999-01-01T00:00:00Z"}, "#/expiresAt"),
    ("reservation", 1, {"expiresAt": "2020-01-01T00:00:00Z"}, "#/expiresAt"),
    ("sale", 1, {"occurredAt": "2999-01-01T00:00:00Z"}, "#/occurredAt"),
    ("count", 1, {"warehouseLocation": "W1", "countedAt": "2999-01-01T00:00:00Z"}, "#/countedAt"),
    ("receipt", 1, {"warehouseLocation": "W1", "batchNumber": "B", "expirationDate": "2030-02-30"}, "#/expirationDate"),
    (
        "receipt",
        1,
        {"warehouseLocation": "W1", "batchNumber": "B", "expirationDate": "2030-01-01T10:00:00"},
        "#/expirationDate",
    ),
]


def test_what_a_movement_lacks_is_pointed_at_before_anything_is_looked_up(given: Given) -> None:
    item = given.stocked(10)
    given.warehouse("W2")
    with nothing_moves(given.tenant):
        for kind, quantity, members, pointer in NEEDS:
            answer = item.post(kind, quantity, **members)
            assert answer.status == 400, (kind, quantity, members, answer.json)
            assert answer.json["errors"][0]["pointer"] == pointer, (kind, quantity, members, answer.json)


def test_what_does_not_exist_is_pointed_at(given: Given) -> None:
    item = given.stocked(10)
    nobody = "res_00000000000000000000000000"
    with nothing_moves(given.tenant):
        refused(item.post("receipt", 1, warehouseLocation="NO"), 404, "not_found", pointer="#/warehouseLocation")
        refused(
            item.post("transfer", 1, warehouseLocation="W1", toWarehouseLocation="NO"),
            404,
            "not_found",
            pointer="#/toWarehouseLocation",
        )
        refused(item.post("release", reservationId=nobody), 404, "not_found", pointer="#/reservationId")
        refused(item.post("shipment", 1, reservationId=nobody), 404, "not_found", pointer="#/reservationId")


@pytest.mark.parametrize("pair", [("S1", "NO"), ("NO", "P1"), ("NO", "NO")])
@pytest.mark.parametrize("kind", ["receipt", "sale", "count", "adjustment"])
def test_an_unknown_supplier_or_product_is_not_found(given: Given, pair: tuple[str, str], kind: str) -> None:
    given.item()
    body = {"type": kind, "quantity": 1, "warehouseLocation": "W1", "reason": "x"}
    with nothing_moves(given.tenant):
        answer = given.tenant.operator.post(f"/v1/inventory/{pair[0]}/{pair[1]}", body, key="k")
        refused(answer, 404, "not_found")
