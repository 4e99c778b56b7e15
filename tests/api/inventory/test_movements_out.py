"""Contract, section 2: what takes stock out, puts it on hold, or moves it."""

from typing import Any

import pytest

from tests.support.stock import Given, Item, nothing_moves, refused


@pytest.mark.parametrize("kind", ["sale", "shipment"])
def test_what_leaves_lowers_on_hand(given: Given, kind: str) -> None:
    item = given.stocked(10)
    item.posted(kind, 4, reference="ORD-1")
    assert item.balances == (6, 0, 0, 6)
    assert (item.ledger[-1]["type"], item.ledger[-1]["inventoryLevelChange"]) == (kind, -4)
    assert item.ledger[-1]["reference"] == "ORD-1"


@pytest.mark.parametrize("kind", ["sale", "shipment", "reservation"])
def test_no_more_leaves_than_is_available(given: Given, kind: str) -> None:
    item = given.stocked(10)
    item.posted("reservation", 3)
    item.posted("damage", 2, reason="wet")
    with nothing_moves(given.tenant):
        refused(item.post(kind, 6), 409, "insufficient_stock", available=5, requested=6)
    item.posted(kind, 5)
    assert item.balances[3] == 0
    with nothing_moves(given.tenant):
        refused(item.post(kind, 1), 409, "insufficient_stock", available=0, requested=1)


@pytest.mark.parametrize("kind", ["sale", "shipment", "reservation", "damage"])
def test_nothing_leaves_an_item_that_never_was(given: Given, kind: str) -> None:
    item = given.item()
    with nothing_moves(given.tenant):
        refused(item.post(kind, 1, reason="x"), 409, "insufficient_stock", available=0, requested=1)
    assert item.get().status == 404


@pytest.mark.parametrize("members", [{}, {"disposition": "hold"}])
def test_damage_is_put_on_hold(given: Given, members: dict[str, Any]) -> None:
    item = given.stocked(10)
    item.posted("damage", 4, reason="wet", **members)
    assert item.balances == (10, 0, 4, 6)
    with nothing_moves(given.tenant):
        refused(item.post("damage", 7, reason="wet", **members), 409, "insufficient_stock", available=6, requested=7)


def test_scrap_lowers_on_hand(given: Given) -> None:
    item = given.stocked(10)
    item.posted("damage", 4, reason="broken", disposition="scrap")
    assert item.balances == (6, 0, 0, 6)


def test_scrap_takes_available_stock_first_and_then_stock_on_hold(given: Given) -> None:
    item = given.stocked(10)
    item.posted("reservation", 3)
    item.posted("damage", 4, reason="wet")
    item.posted("damage", 5, reason="broken", disposition="scrap")
    assert item.balances == (5, 3, 2, 0)
    with nothing_moves(given.tenant):
        over = item.post("damage", 6, reason="broken", disposition="scrap")
        refused(over, 409, "insufficient_stock", available=5, requested=6)
    item.posted("damage", 2, reason="broken", disposition="scrap")
    assert item.balances == (3, 3, 0, 0)


def test_scrap_takes_available_stock_of_every_level_before_stock_on_hold_of_any(given: Given) -> None:
    item = given.stocked(5)
    given.warehouse("W2")
    item.posted("receipt", 5, warehouseLocation="W2")
    item.posted("damage", 3, reason="wet", warehouseLocation="W1")
    item.posted("damage", 8, reason="broken", disposition="scrap")
    assert item.levels == {("W1", None): (2, 0, 2, 0), ("W2", None): (0, 0, 0, 0)}


def test_a_transfer_within_the_house_conserves_the_item(given: Given) -> None:
    item = given.stocked(10, batch="B1", expires="2999-01-01")
    given.warehouse("W2")
    body = item.posted("transfer", 4, warehouseLocation="W1", toWarehouseLocation="W2")
    assert item.levels == {("W1", "B1"): (6, 0, 0, 6), ("W2", "B1"): (4, 0, 0, 4)}
    assert (item.balances, item.version) == ((10, 0, 0, 10), 2)
    assert {level["expirationDate"] for level in item.get().json["levels"]} == {"2999-01-01T23:59:59.000000Z"}
    assert [(row["warehouseLocation"], row["inventoryLevelChange"]) for row in body["transactions"]] == [
        ("W1", -4),
        ("W2", 4),
    ]
    assert [row["version"] for row in body["transactions"]] == [2, 2]


def test_a_transfer_takes_the_batches_that_expire_first(given: Given) -> None:
    item = given.stocked(3, batch="LATE", expires="2999-01-01")
    given.stocked(2, batch="SOON", expires="2998-01-01")
    given.warehouse("W2")
    item.posted("transfer", 4, warehouseLocation="W1", toWarehouseLocation="W2")
    assert item.levels == {
        ("W1", "SOON"): (0, 0, 0, 0),
        ("W2", "SOON"): (2, 0, 0, 2),
        ("W1", "LATE"): (1, 0, 0, 1),
        ("W2", "LATE"): (2, 0, 0, 2),
    }


def test_a_transfer_takes_no_more_than_is_available_there(given: Given) -> None:
    item = given.stocked(10)
    given.stocked(5, warehouse="W2")
    given.warehouse("W3")
    item.posted("reservation", 8, warehouseLocation="W1")
    with nothing_moves(given.tenant):
        over = item.post("transfer", 3, warehouseLocation="W1", toWarehouseLocation="W3")
        refused(over, 409, "insufficient_stock", available=2, requested=3)
    assert item.levels == {("W1", None): (10, 8, 0, 2), ("W2", None): (5, 0, 0, 5)}


def test_a_transfer_into_a_partners_warehouse_makes_the_partners_item(given: Given) -> None:
    item = given.stocked(10, batch="B1", expires="2999-01-01")
    given.warehouse("RW", partner="R1")
    body = item.posted("transfer", 4, warehouseLocation="W1", toWarehouseLocation="RW", reference="DN-1")
    theirs = Item(given.tenant, "S1", "P1", "R1")
    assert (item.balances, item.version) == ((6, 0, 0, 6), 2)
    assert (theirs.balances, theirs.version) == ((4, 0, 0, 4), 1)
    assert theirs.levels == {("RW", "B1"): (4, 0, 0, 4)}
    assert body["item"] == item.get().json
    assert [(row["retailPartnerId"], row["inventoryLevelChange"]) for row in body["transactions"]] == [
        (None, -4),
        ("R1", 4),
    ]
    assert [row["reference"] for row in theirs.ledger] == ["DN-1"]


def test_what_lies_with_a_partner_is_never_offered_again_here(given: Given) -> None:
    item = given.stocked(10)
    given.warehouse("RW", partner="R1")
    item.posted("transfer", 10, warehouseLocation="W1", toWarehouseLocation="RW")
    with nothing_moves(given.tenant):
        refused(item.post("sale", 1), 409, "insufficient_stock", available=0, requested=1)
        refused(item.post("sale", 1, warehouseLocation="W1"), 409, "insufficient_stock", available=0, requested=1)
    assert item.balances == (0, 0, 0, 0)


def test_a_refused_transfer_leaves_no_item_with_the_partner(given: Given) -> None:
    item = given.stocked(1)
    given.warehouse("RW", partner="R1")
    with nothing_moves(given.tenant):
        over = item.post("transfer", 2, warehouseLocation="W1", toWarehouseLocation="RW")
        refused(over, 409, "insufficient_stock", available=1, requested=2)
    assert Item(given.tenant, "S1", "P1", "R1").get().status == 404


def test_a_transfer_back_from_the_partner_conserves_both(given: Given) -> None:
    item = given.stocked(10)
    theirs = given.stocked(5, partner="R1", warehouse="RW")
    theirs.posted("transfer", 2, warehouseLocation="RW", toWarehouseLocation="W1")
    assert (item.balances, theirs.balances) == ((12, 0, 0, 12), (3, 0, 0, 3))


def test_a_suppliers_warehouse_holds_its_own_stock_only(given: Given) -> None:
    given.item("S2", "P1")
    given.warehouse("SW", supplier="S1")
    mine = given.stocked(10)
    mine.posted("transfer", 4, warehouseLocation="W1", toWarehouseLocation="SW")
    assert mine.levels == {("W1", None): (6, 0, 0, 6), ("SW", None): (4, 0, 0, 4)}
    assert [level["owner"] for level in mine.get().json["levels"]] == ["tenant", "supplier"]
    theirs = given.stocked(3, supplier="S2")
    with nothing_moves(given.tenant):
        refused(
            theirs.post("transfer", 1, warehouseLocation="W1", toWarehouseLocation="SW"),
            404,
            "not_found",
            pointer="#/toWarehouseLocation",
        )
        refused(theirs.post("receipt", 1, warehouseLocation="SW"), 404, "not_found", pointer="#/warehouseLocation")


def test_naming_a_warehouse_of_the_partner_is_naming_the_partners_item(given: Given) -> None:
    house = given.stocked(10)
    theirs = given.stocked(5, partner="R1", warehouse="RW")
    house.posted("sale", 2, warehouseLocation="RW")
    assert (house.balances, theirs.balances) == ((10, 0, 0, 10), (3, 0, 0, 3))


def test_a_partners_item_is_not_in_the_house(given: Given) -> None:
    given.stocked(10)
    theirs = given.stocked(5, partner="R1", warehouse="RW")
    with nothing_moves(given.tenant):
        refused(theirs.post("receipt", 1, warehouseLocation="W1"), 404, "not_found", pointer="#/warehouseLocation")


@pytest.mark.parametrize("partner", ["NOBODY", "R2"])
def test_an_item_of_nobody_or_of_a_partner_without_one_is_not_found(given: Given, partner: str) -> None:
    given.stocked(10)
    given.partner("R2")
    theirs = Item(given.tenant, "S1", "P1", partner)
    with nothing_moves(given.tenant):
        for kind, quantity in (("sale", 1), ("adjustment", 1), ("adjustment", -1), ("damage", 1)):
            answer = theirs.post(kind, quantity, reason="x")
            assert answer.status in (404, 409), (kind, quantity, answer.json)
