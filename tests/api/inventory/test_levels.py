"""Contract, section 2: which level a movement takes, and what the limits are."""

from typing import Any

import pytest

from tests.support.stock import Given, Item, nothing_moves, refused


def _two_places(given: Given) -> Item:
    item = given.stocked(5)
    return given.stocked(7, warehouse="W2") if item else item


def _batches(given: Given) -> Item:
    """Have five pieces of each of four batches, received in another order than they expire."""
    for batch, expires in (("NEVER", None), ("LATE", "2999-01-01"), ("GONE", "2020-01-01"), ("SOON", "2998-01-01")):
        item = given.stocked(5, batch=batch, expires=expires)
    return item


@pytest.mark.parametrize("kind", ["sale", "shipment"])
def test_what_expires_first_goes_first_and_what_has_expired_stays(given: Given, kind: str) -> None:
    item = _batches(given)
    assert item.balances == (20, 0, 0, 15)
    body = item.posted(kind, 12)
    assert [(row["batchNumber"], row["inventoryLevelChange"]) for row in body["transactions"]] == [
        ("SOON", -5),
        ("LATE", -5),
        ("NEVER", -2),
    ]
    assert item.levels == {
        ("W1", "GONE"): (5, 0, 0, 0),
        ("W1", "SOON"): (0, 0, 0, 0),
        ("W1", "LATE"): (0, 0, 0, 0),
        ("W1", "NEVER"): (3, 0, 0, 3),
    }
    with nothing_moves(given.tenant):
        refused(item.post(kind, 4), 409, "insufficient_stock", available=3, requested=4)


@pytest.mark.parametrize("kind", ["sale", "shipment", "reservation", "transfer"])
def test_an_expired_batch_is_not_even_taken_by_name(given: Given, kind: str) -> None:
    item = _batches(given)
    given.warehouse("W2")
    with nothing_moves(given.tenant):
        members: dict[str, Any] = {"toWarehouseLocation": "W2"} if kind == "transfer" else {}
        answer = item.post(kind, 1, warehouseLocation="W1", batchNumber="GONE", **members)
        refused(answer, 409, "insufficient_stock", available=0, requested=1)


def test_an_expired_batch_can_be_scrapped_counted_and_corrected(given: Given) -> None:
    item = _batches(given)
    item.posted("damage", 2, reason="expired", disposition="scrap", batchNumber="GONE")
    item.posted("adjustment", -1, reason="lost", batchNumber="GONE")
    item.posted("damage", 1, reason="expired", batchNumber="GONE")
    assert item.levels["W1", "GONE"] == (2, 0, 1, 0)
    item.posted("count", 1, warehouseLocation="W1", batchNumber="GONE")
    assert item.levels["W1", "GONE"] == (1, 0, 1, 0)


def test_a_named_place_or_batch_is_kept_to(given: Given) -> None:
    item = _batches(given)
    given.stocked(9, warehouse="W2", batch="LATE")
    item.posted("sale", 3, batchNumber="NEVER")
    item.posted("sale", 4, warehouseLocation="W2")
    item.posted("sale", 6, batchNumber="LATE")
    assert item.levels["W1", "NEVER"] == (2, 0, 0, 2)
    assert (item.levels["W1", "LATE"], item.levels["W2", "LATE"]) == ((0, 0, 0, 0), (4, 0, 0, 4))
    with nothing_moves(given.tenant):
        refused(item.post("sale", 5, warehouseLocation="W2"), 409, "insufficient_stock", available=4, requested=5)
        refused(item.post("sale", 1, batchNumber="NONE"), 409, "insufficient_stock", available=0, requested=1)
        far = item.post("sale", 1, warehouseLocation="W2", batchNumber="SOON")
        refused(far, 409, "insufficient_stock", available=0, requested=1)


def test_what_goes_out_may_come_from_several_warehouses(given: Given) -> None:
    item = _two_places(given)
    item.posted("sale", 8)
    assert item.levels == {("W1", None): (0, 0, 0, 0), ("W2", None): (4, 0, 0, 4)}


@pytest.mark.parametrize("members", [{}, {"batchNumber": "B1"}])
def test_a_correction_of_one_of_several_levels_names_it(given: Given, members: dict[str, Any]) -> None:
    item = given.stocked(5, batch="B1")
    given.stocked(7, warehouse="W2", batch="B1")
    given.stocked(2, batch="B2")
    here = {"warehouseLocation": "W1", "batchNumber": "B1", "inventoryLevel": 5}
    there = {"warehouseLocation": "W2", "batchNumber": "B1", "inventoryLevel": 7}
    other = {"warehouseLocation": "W1", "batchNumber": "B2", "inventoryLevel": 2}
    choices = [here, there] if members else [here, there, other]
    with nothing_moves(given.tenant):
        for answer in (
            item.post("adjustment", 1, reason="x", **members),
            item.patch({"inventoryLevel": 3, "version": 3, **members}),
        ):
            refused(answer, 400, "ambiguous_level", levels=choices)
        refused(item.post("count", 3, warehouseLocation="W1"), 400, "ambiguous_level", levels=[here, other])
    item.posted("adjustment", 1, reason="x", warehouseLocation="W1", batchNumber="B1")
    assert item.levels["W1", "B1"] == (6, 0, 0, 6)


def test_a_correction_of_the_only_level_need_not_name_it(given: Given) -> None:
    item = given.stocked(5, batch="B1")
    item.posted("adjustment", 1, reason="x")
    patched = item.patch({"inventoryLevel": 9, "version": 2})
    assert (patched.status, patched.json["inventoryLevel"]) == (200, 9)
    assert item.levels == {("W1", "B1"): (9, 0, 0, 9)}


def test_flat_place_and_batch_are_filled_where_there_is_one_level(given: Given) -> None:
    item = given.stocked(5, batch="B1", expires="2999-01-01")
    flat = ("warehouseLocation", "batchNumber", "expirationDate")
    body = item.get().json
    assert [body[name] for name in flat] == ["W1", "B1", "2999-01-01T23:59:59.000000Z"]
    given.stocked(5, warehouse="W2")
    body = item.get().json
    assert [body[name] for name in flat] == [None, None, None]


@pytest.mark.parametrize(
    ("kind", "members"),
    [("receipt", {}), ("return", {}), ("count", {}), ("adjustment", {"reason": "x"})],
)
def test_a_line_is_at_most_a_thousand_million(given: Given, kind: str, members: dict[str, Any]) -> None:
    item = given.item()
    item.posted(kind, 10**9, warehouseLocation="W1", **members)
    assert item.balances == (10**9, 0, 0, 10**9)


def _set(item: Item, quantity: int, warehouse: str) -> None:
    answer = item.patch({"inventoryLevel": quantity, "warehouseLocation": warehouse, "version": item.version})
    assert answer.status == 200, answer.json


def test_a_level_is_at_most_a_million_thousand_million(given: Given) -> None:
    item = given.stocked(500)
    _set(item, 10**15, "W1")
    given.warehouse("W2")
    with nothing_moves(given.tenant):
        kinds: dict[str, dict[str, Any]] = {"receipt": {}, "return": {}, "adjustment": {"reason": "x"}}
        for kind, members in kinds.items():
            over = item.post(kind, 1, warehouseLocation="W1", **members)
            refused(over, 409, "invalid_state", maximum=10**15)
        refused(
            item.patch({"inventoryLevel": 10**15 + 1, "version": 2}),
            400,
            "validation_error",
            pointer="#/inventoryLevel",
        )
    item.posted("receipt", 5, warehouseLocation="W2")
    assert item.levels == {("W1", None): (10**15, 0, 0, 10**15), ("W2", None): (5, 0, 0, 5)}


def test_a_level_far_above_the_middle_can_be_lowered(given: Given) -> None:
    item = given.stocked(500)
    _set(item, 10**15, "W1")
    _set(item, 10**15 - 1, "W1")
    assert item.balances == (10**15 - 1, 0, 0, 10**15 - 1)


def test_a_transfer_does_not_overfill_a_level(given: Given) -> None:
    item = given.stocked(10)
    given.stocked(1, warehouse="W2")
    theirs = given.stocked(1, partner="R1", warehouse="RW")
    _set(item, 10**15, "W2")
    _set(theirs, 10**15, "RW")
    with nothing_moves(given.tenant):
        for place in ("W2", "RW"):
            over = item.post("transfer", 1, warehouseLocation="W1", toWarehouseLocation=place)
            refused(over, 409, "invalid_state", maximum=10**15)


def test_a_count_from_before_a_level_was_set_changes_nothing(given: Given) -> None:
    item = given.stocked(1)
    counted = item.get().json["lastUpdated"]
    _set(item, 10**15, "W1")
    item.posted("count", 5, warehouseLocation="W1", countedAt=counted)
    assert item.balances == (10**15, 0, 0, 10**15)
    assert (item.ledger[-1]["inventoryLevelChange"], item.ledger[-1]["reason"]) == (0, "superseded")


def test_a_patch_books_the_difference_as_an_adjustment(given: Given) -> None:
    item = given.stocked(10)
    answer = item.patch({"inventoryLevel": 7, "reorderThreshold": 8, "attributes": {"zone": "A"}, "version": 1})
    assert (answer.status, answer.json) == (200, item.get().json)
    assert (answer.json["version"], answer.json["stockStatus"]) == (2, "lowStock")
    assert (answer.json["reorderThreshold"], answer.json["attributes"]) == (8, {"zone": "A"})
    assert [(row["type"], row["inventoryLevelChange"]) for row in item.ledger] == [("receipt", 10), ("adjustment", -3)]


def test_a_patch_that_corrects_nothing_is_not_booked(given: Given) -> None:
    item = given.stocked(10)
    for body in ({"inventoryLevel": 10}, {"reorderThreshold": 3}, {}):
        assert item.patch({**body, "version": item.version}).status == 200
    assert (item.version, len(item.ledger)) == (4, 1)


def test_a_patch_merges_attributes_and_null_removes(given: Given) -> None:
    item = given.stocked(10)
    item.patch({"attributes": {"a": "1", "b": "2"}, "reorderThreshold": 5, "version": 1})
    answer = item.patch({"attributes": {"a": None, "c": "3"}, "reorderThreshold": None, "version": 2})
    assert (answer.json["attributes"], answer.json["reorderThreshold"]) == ({"b": "2", "c": "3"}, None)


def test_a_patch_does_not_go_below_what_is_reserved(given: Given) -> None:
    item = given.stocked(10)
    item.posted("reservation", 4)
    with nothing_moves(given.tenant):
        low = item.patch({"inventoryLevel": 3, "version": 2})
        refused(low, 409, "insufficient_stock", available=6, requested=7, reserved=4)


def test_a_patch_of_what_never_was_is_not_found(given: Given) -> None:
    item = given.item()
    with nothing_moves(given.tenant):
        refused(item.patch({"inventoryLevel": 3, "warehouseLocation": "W1", "version": 1}), 404, "not_found")


@pytest.mark.parametrize(
    ("quantity", "threshold", "status"),
    [(0, None, "outOfStock"), (5, None, "inStock"), (5, 5, "lowStock"), (6, 5, "inStock")],
)
def test_status_is_availability_in_a_word(given: Given, quantity: int, threshold: int | None, status: str) -> None:
    item = given.stocked(10)
    answer = item.patch({"inventoryLevel": quantity, "reorderThreshold": threshold, "version": 1})
    assert answer.json["stockStatus"] == status
    listed = given.tenant.operator.get(f"/v1/inventory?stockStatus={status}").json["data"]
    assert [row["productId"] for row in listed] == ["P1"]


def test_the_first_receipt_that_states_an_expiry_fixes_it(given: Given) -> None:
    item = given.stocked(5, batch="B1")
    item.posted("receipt", 1, warehouseLocation="W1", batchNumber="B1", expirationDate="2999-01-01")
    assert {level["expirationDate"] for level in item.get().json["levels"]} == {"2999-01-01T23:59:59.000000Z"}
    again = item.post("receipt", 1, warehouseLocation="W1", batchNumber="B1", expirationDate="2998-01-01")
    refused(again, 409, "invalid_state")


def test_a_partners_batch_says_nothing_about_the_houses(given: Given) -> None:
    given.agreement("R1", "S1")
    house = given.stocked(5, batch="B1", expires="2999-01-01")
    given.warehouse("WR", partner="R1")
    partner = Item(given.tenant, house.supplier, house.product, "R1")
    retailer = given.tenant.retailer("R1")
    place: dict[str, Any] = {"warehouseLocation": "WR", "by": retailer}
    assert partner.post("receipt", 2, batchNumber="B1", expirationDate="2020-01-01", **place).status == 201
    assert partner.post("receipt", 2, batchNumber="B2", expirationDate="2020-01-01", **place).status == 201
    house.posted("receipt", 1, warehouseLocation="W1", batchNumber="B2", expirationDate="2999-01-01")
    assert house.levels == {("W1", "B1"): (5, 0, 0, 5), ("W1", "B2"): (1, 0, 0, 1)}
    assert partner.balances == (4, 0, 0, 0)


def test_a_batch_keeps_its_expiry_on_its_way_to_a_partner(given: Given) -> None:
    house = given.stocked(5, batch="B1", expires="2999-01-01")
    given.warehouse("WR", partner="R1")
    house.posted("transfer", 2, warehouseLocation="W1", toWarehouseLocation="WR")
    partner = Item(given.tenant, house.supplier, house.product, "R1")
    assert partner.get().json["expirationDate"] == "2999-01-01T23:59:59.000000Z"


def test_a_partner_finds_out_nothing_about_suppliers_that_share_nothing_with_it(given: Given) -> None:
    given.stocked(5)
    given.warehouse("WR", partner="R1")
    retailer = given.tenant.retailer("R1")
    answers = [
        Item(given.tenant, supplier, "P1", "R1").post("receipt", 1, warehouseLocation="WR", by=retailer)
        for supplier in ("S1", "NOBODY")
    ]
    assert [(answer.status, answer.json["code"]) for answer in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize("member", ["occurredAt", "countedAt", "expiresAt", "expirationDate"])
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59.999999-23:59"]
)
def test_a_moment_that_the_books_cannot_hold_is_refused_and_books_nothing(
    given: Given, member: str, moment: str
) -> None:
    item = given.stocked(5)
    kind = {"countedAt": "count", "expiresAt": "reservation", "expirationDate": "receipt"}.get(member, "sale")
    members: dict[str, Any] = {"warehouseLocation": "W1", member: moment}
    if member == "expirationDate":
        members["batchNumber"] = "B9"
    with nothing_moves(given.tenant):
        refused(item.post(kind, 1, **members), 400, "validation_error")


@pytest.mark.parametrize("offset", ["+16:00", "-23:59"])
def test_an_offset_that_only_python_knows_is_turned_to_utc(given: Given, offset: str) -> None:
    item = given.stocked(5)
    body = item.posted("sale", 1, occurredAt=f"2026-01-01T12:00:00{offset}")
    assert body["transactions"][0]["occurredAt"].endswith("Z")
