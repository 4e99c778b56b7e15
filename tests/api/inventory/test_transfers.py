"""Transfers in two steps: what leaves, what is under way, what arrives, and that it all adds up."""

from typing import Any

import pytest
from django.db import connection

from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_packaging
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused
from tests.support.transfers import PATH, Trip, arrived, plan_body, sums

SOON, LATER = "2034-01-01T00:00:00Z", "2034-06-01T00:00:00Z"


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces in W1, with W2 to send them to."""
    item = given.stocked(10)
    given.warehouse("W2")
    return item


@pytest.fixture
def batches(given: Given) -> Item:
    """Return five pieces each of two batches in W1; OLD expires first."""
    item = given.stocked(5, batch="NEW", expires="2034-06-01T00:00:00Z")
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="OLD", expirationDate="2034-01-01T00:00:00Z")
    given.warehouse("W2")
    return item


def _ledger(item: Item, trip: Trip) -> list[tuple[str, str, int, int, str | None]]:
    return [
        (row["type"], row["warehouseLocation"], row["inventoryLevelChange"], row["onHoldChange"], row["reason"])
        for row in item.ledger
        if row["reference"] == trip.code
    ]


def test_a_plan_moves_nothing(item: Item) -> None:
    answer = item.tenant.operator.post(
        PATH, plan_body(item, 4, transferId="T1", reference="LORRY", expectedAt=SOON), key=fresh_key()
    )
    assert (answer.status, answer.headers["Location"]) == (201, "/v1/transfers/T1")
    body = answer.json
    assert (body["status"], body["version"], body["reference"], body["discrepancy"]) == ("planned", 1, "LORRY", False)
    assert body["expectedAt"].startswith("2034-01-01T00:00:00")
    assert [sums(line) for line in body["items"]] == [{"planned": 4}]
    got = Trip(item.tenant, "T1").get()
    assert (got.status, got.content, got.headers["ETag"]) == (200, answer.content, answer.headers["ETag"])
    assert (item.balances, item.version, item.get().json["incomingQuantity"]) == ((10, 0, 0, 10), 1, 0)


def test_without_a_code_it_gets_one(item: Item) -> None:
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    assert (trip.code[:4], len(trip.code)) == ("trf_", 30)


def test_what_is_shipped_left_one_place_and_is_expected_at_the_other(item: Item) -> None:
    trip = Trip.planned(item.tenant, plan_body(item, 4, expectedAt=SOON))
    shipped = trip.done("ship", expectedAt=LATER)
    assert (shipped["status"], shipped["version"], shipped["shippedAt"]) == ("inTransit", 2, shipped["updatedAt"])
    assert [sums(line) for line in shipped["items"]] == [{"planned": 4, "shipped": 4, "inTransit": 4}]
    now = item.get().json
    assert (now["inventoryLevel"], now["availableQuantity"], now["incomingQuantity"]) == (6, 6, 4)
    assert [(each["quantity"], each["expectedAt"][:10], each["source"]) for each in now["incoming"]] == [
        (4, "2034-06-01", trip.path)
    ]
    assert now["version"] == 2
    assert _ledger(item, trip) == [("transfer", "W1", -4, 0, None)]


def test_what_is_received_lies_at_the_other_place(item: Item) -> None:
    trip = Trip.shipped(item, 4)
    received = trip.done("receive", items=[arrived(item, 4)])
    assert (received["status"], received["version"], received["discrepancy"]) == ("received", 3, False)
    assert received["closedAt"] == received["updatedAt"]
    assert trip.sums == [{"planned": 4, "shipped": 4, "received": 4}]
    assert item.levels == {("W1", None): (6, 0, 0, 6), ("W2", None): (4, 0, 0, 4)}
    assert item.get().json["incomingQuantity"] == 0
    assert item.get().json["incoming"] == []
    assert _ledger(item, trip) == [("transfer", "W1", -4, 0, None), ("transfer", "W2", 4, 0, None)]


def test_what_expires_first_leaves_first_and_keeps_its_expiry(batches: Item) -> None:
    trip = Trip.shipped(batches, 7)
    (line,) = trip.get().json["items"]
    assert [(each["batchNumber"], each["expirationDate"][:10], each["shipped"]) for each in line["batches"]] == [
        ("OLD", "2034-01-01", 5),
        ("NEW", "2034-06-01", 2),
    ]
    trip.done("receive", items=[arrived(batches, 7)])
    assert batches.levels == {
        ("W1", "OLD"): (0, 0, 0, 0),
        ("W1", "NEW"): (3, 0, 0, 3),
        ("W2", "OLD"): (5, 0, 0, 5),
        ("W2", "NEW"): (2, 0, 0, 2),
    }


def test_a_line_that_names_a_batch_gets_it_whatever_its_place(batches: Item) -> None:
    body = plan_body(batches, 5)
    body["items"].append({**body["items"][0], "batchNumber": "OLD", "quantity": 5})
    trip = Trip.planned(batches.tenant, body)
    trip.done("ship")
    first, second = trip.get().json["items"]
    assert [(each["batchNumber"], each["shipped"]) for each in first["batches"]] == [("NEW", 5)]
    assert [(each["batchNumber"], each["shipped"]) for each in second["batches"]] == [("OLD", 5)]


def test_an_arrival_without_a_batch_is_of_what_expires_first(batches: Item) -> None:
    trip = Trip.shipped(batches, 10)
    trip.done("receive", items=[arrived(batches, 6)])
    (line,) = trip.get().json["items"]
    assert [sums(each) for each in line["batches"]] == [
        {"shipped": 5, "received": 5},
        {"shipped": 5, "received": 1, "inTransit": 4},
    ]


def test_parts_arrive_one_after_another(batches: Item) -> None:
    trip = Trip.shipped(batches, 10)
    for batch, status in (("NEW", "inTransit"), ("OLD", "received")):
        part = trip.done("receive", items=[arrived(batches, 5, batch=batch)])
        assert part["status"] == status
    assert trip.get().json["version"] == 4
    assert batches.get().json["incomingQuantity"] == 0


def test_what_comes_damaged_is_on_hold_where_it_came(item: Item) -> None:
    item.posted("receipt", 3, warehouseLocation="W2", batchNumber="B", expirationDate="2034-01-01")
    trip = Trip.shipped(item, 4)
    received = trip.done("receive", items=[arrived(item, 1, damaged=3)])
    assert (received["status"], received["discrepancy"]) == ("received", True)
    assert trip.sums == [{"planned": 4, "shipped": 4, "received": 1, "damaged": 3}]
    assert item.levels == {("W1", None): (6, 0, 0, 6), ("W2", "B"): (3, 0, 0, 3), ("W2", None): (4, 0, 3, 1)}
    assert _ledger(item, trip)[1:] == [
        ("transfer", "W2", 4, 0, None),
        ("damage", "W2", 0, 3, "damaged in transit"),
    ]


def test_what_is_more_than_was_sent_is_an_adjustment(item: Item) -> None:
    trip = Trip.shipped(item, 4)
    received = trip.done("receive", items=[arrived(item, 5, damaged=1)])
    assert (received["status"], received["discrepancy"]) == ("received", True)
    assert trip.sums == [{"planned": 4, "shipped": 4, "received": 5, "damaged": 1, "over": 2}]
    assert item.levels["W2", None] == (6, 0, 1, 5)
    assert _ledger(item, trip)[1:] == [
        ("transfer", "W2", 4, 0, None),
        ("damage", "W2", 0, 1, "damaged in transit"),
        ("adjustment", "W2", 2, 0, "over"),
    ]


def test_a_batch_that_was_never_sent_is_over(batches: Item) -> None:
    trip = Trip.shipped(batches, 3)
    part = trip.done("receive", items=[arrived(batches, 2, batch="STRANGE")])
    assert (part["status"], part["discrepancy"]) == ("inTransit", True)
    (line,) = part["items"]
    assert [(each["batchNumber"], sums(each)) for each in line["batches"]] == [
        ("OLD", {"shipped": 3, "inTransit": 3}),
        ("STRANGE", {"received": 2, "over": 2}),
    ]
    assert trip.get().json["items"] == part["items"]
    assert batches.levels["W2", "STRANGE"] == (2, 0, 0, 2)


def test_what_does_not_arrive_is_written_off_where_it_was_expected(item: Item) -> None:
    trip = Trip.shipped(item, 4)
    closed = trip.done("receive", items=[arrived(item, 1)], complete=True)
    assert (closed["status"], closed["discrepancy"]) == ("received", True)
    assert trip.sums == [{"planned": 4, "shipped": 4, "received": 1, "short": 3}]
    assert item.levels == {("W1", None): (6, 0, 0, 6), ("W2", None): (1, 0, 0, 1)}
    assert item.get().json["incomingQuantity"] == 0
    assert _ledger(item, trip)[1:] == [
        ("transfer", "W2", 1, 0, None),
        ("transfer", "W2", 3, 0, None),
        ("adjustment", "W2", -3, 0, "short"),
    ]


def test_a_write_off_never_looks_like_stock(given: Given) -> None:
    """A loss that first arrives would tell everybody that the item is back, and then that it is gone."""
    item = given.stocked(4)
    given.warehouse("W2")
    trip = Trip.shipped(item, 4)
    version = item.version
    trip.done("receive", complete=True)
    assert (item.version, item.balances) == (version + 1, (0, 0, 0, 0))
    assert _events(item, "inventory.") == ["inventory.updated"] * (version + 1) + ["inventory.out_of_stock"]


def test_cancelling_a_plan_moves_nothing(item: Item) -> None:
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    cancelled = trip.done("cancel")
    assert (cancelled["status"], cancelled["version"], cancelled["closedAt"]) == (
        "cancelled",
        2,
        cancelled["updatedAt"],
    )
    assert (item.balances, item.version) == ((10, 0, 0, 10), 1)


def test_what_is_cancelled_under_way_goes_back(batches: Item) -> None:
    trip = Trip.shipped(batches, 7)
    trip.done("receive", items=[arrived(batches, 1)])
    cancelled = trip.done("cancel", reason="The road is closed")
    assert (cancelled["status"], cancelled["discrepancy"]) == ("cancelled", False)
    assert trip.sums == [{"planned": 7, "shipped": 7, "received": 1, "returned": 6}]
    assert batches.levels == {
        ("W1", "OLD"): (4, 0, 0, 4),
        ("W1", "NEW"): (5, 0, 0, 5),
        ("W2", "OLD"): (1, 0, 0, 1),
    }
    assert batches.get().json["incomingQuantity"] == 0
    assert _ledger(batches, trip)[-2:] == [
        ("transfer", "W1", 4, 0, "The road is closed"),
        ("transfer", "W1", 2, 0, "The road is closed"),
    ]


def test_several_products_leave_together_or_not_at_all(given: Given) -> None:
    first, second = given.stocked(10), given.stocked(3, product="P2")
    given.warehouse("W2")
    body = plan_body(first, 4)
    body["items"].append({"supplierId": "S1", "productId": "P2", "quantity": 4})
    trip = Trip.planned(first.tenant, body)
    with nothing_moves(first.tenant):
        answer = trip.step("ship")
        refused(answer, 409, "insufficient_stock", available=3, requested=4, supplierId="S1", productId="P2")
    second.posted("receipt", 1, warehouseLocation="W1")
    trip.done("ship")
    assert (first.balances[0], second.balances[0]) == (6, 0)


def test_what_is_reserved_held_or_expired_stays(given: Given) -> None:
    item = given.stocked(10)
    given.warehouse("W2")
    item.posted("reservation", 4)
    item.posted("damage", 3, reason="x")
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    refused(trip.step("ship"), 409, "insufficient_stock", available=3, requested=4)


@pytest.mark.parametrize(
    ("steps", "step", "status", "allowed"),
    [
        ([], "receive", "planned", ["ship", "cancel"]),
        (["ship"], "ship", "inTransit", ["receive", "cancel"]),
        (["ship", "receive"], "ship", "received", []),
        (["ship", "receive"], "receive", "received", []),
        (["ship", "receive"], "cancel", "received", []),
        (["cancel"], "ship", "cancelled", []),
        (["cancel"], "receive", "cancelled", []),
        (["cancel"], "cancel", "cancelled", []),
    ],
)
def test_no_step_is_taken_out_of_turn(item: Item, steps: list[str], step: str, status: str, allowed: list[str]) -> None:
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    members: dict[str, dict[str, Any]] = {"receive": {"items": [arrived(item, 4)]}}
    for each in steps:
        trip.done(each, **members.get(each, {}))
    with nothing_moves(item.tenant):
        answer = trip.step(step, **members.get(step, {}))
        refused(answer, 409, "invalid_state", currentStatus=status, allowed=allowed)


@pytest.mark.parametrize("step", ["ship", "receive", "cancel"])
def test_a_step_honours_the_version_that_it_names(item: Item, step: str) -> None:
    trip = Trip.shipped(item, 4) if step == "receive" else Trip.planned(item.tenant, plan_body(item, 4))
    members: dict[str, Any] = {"complete": True} if step == "receive" else {}
    version = trip.get().json["version"]
    with nothing_moves(item.tenant):
        refused(trip.step(step, if_match='"7.00000000"', **members), 412, "version_conflict", currentVersion=version)
        refused(trip.step(step, version=7, **members), 409, "version_conflict", currentVersion=version)
    done = trip.step(step, if_match=trip.get().headers["ETag"], **members)
    assert (done.status, done.json["version"], done.headers["ETag"]) == (
        200,
        version + 1,
        trip.get().headers["ETag"],
    )


def test_a_step_under_the_same_key_is_one_step(item: Item) -> None:
    trip = Trip.shipped(item, 4)
    first, again = (trip.step("receive", key="once", items=[arrived(item, 1)]) for _ in range(2))
    assert (first.status, again.status, again.content) == (200, 200, first.content)
    assert (first.headers["ETag"], again.headers["Idempotent-Replayed"]) == (again.headers["ETag"], "true")
    assert trip.sums == [{"planned": 4, "shipped": 4, "received": 1, "inTransit": 3}]
    refused(trip.step("receive", key="once", items=[arrived(item, 2)]), 422, "idempotency_key_reused")


def test_creating_needs_a_key_and_so_does_every_step(item: Item) -> None:
    client = item.tenant.operator
    trip = Trip.planned(item.tenant, plan_body(item, 4))
    for path, body in (
        (PATH, plan_body(item, 4)),
        *((f"{trip.path}/{step}", {"complete": True} if step == "receive" else {}) for step in ("ship", "receive")),
        (f"{trip.path}/cancel", {}),
    ):
        refused(client.post(path, body), 400, "idempotency_key_required")


@pytest.mark.parametrize(
    ("changes", "status", "code", "pointer"),
    [
        ({"toWarehouseLocation": "W1"}, 400, "validation_error", "#/toWarehouseLocation"),
        ({"fromWarehouseLocation": "NONE"}, 404, "not_found", "#/fromWarehouseLocation"),
        ({"toWarehouseLocation": "NONE"}, 404, "not_found", "#/toWarehouseLocation"),
        ({"items": []}, 400, "validation_error", "#/items"),
        ({"items": ["S1/P1"] * 2}, 400, "validation_error", "#/items/1"),
        ({"items": ["S1/P1", "S1/NONE"]}, 404, "not_found", "#/items/1"),
        ({"items": ["NONE/P1"]}, 404, "not_found", "#/items/0"),
        ({"fromWarehouseLocation": "WS2"}, 404, "not_found", "#/items/0/supplierId"),
        ({"toWarehouseLocation": "WS2"}, 404, "not_found", "#/items/0/supplierId"),
        ({"expectedAt": "1900-01-01T00:00:00Z"}, 400, "validation_error", "#/expectedAt"),
    ],
)
def test_a_plan_names_what_there_is(
    given: Given, item: Item, changes: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    given.warehouse("WS2", supplier="S2")
    body = {**plan_body(item, 1), **changes}
    pairs = [each.split("/") for each in body["items"] if isinstance(each, str)]
    if pairs:
        body["items"] = [{"supplierId": pair[0], "productId": pair[1], "quantity": 1} for pair in pairs]
    with nothing_moves(item.tenant):
        refused(item.tenant.operator.post(PATH, body, key=fresh_key()), status, code, pointer=pointer)


def test_a_code_is_given_once(item: Item) -> None:
    Trip.planned(item.tenant, plan_body(item, 1, transferId="T1"))
    with nothing_moves(item.tenant):
        again = item.tenant.operator.post(PATH, plan_body(item, 1, transferId="T1"), key=fresh_key())
        refused(again, 409, "already_exists", value="T1")


def test_a_receipt_says_something_and_names_what_was_sent(given: Given, item: Item) -> None:
    given.stocked(1, product="P2")
    trip = Trip.shipped(item, 4)
    with nothing_moves(item.tenant):
        refused(trip.step("receive"), 400, "validation_error", pointer="#/items")
        refused(trip.step("receive", items=[arrived(item, 0)]), 400, "validation_error", pointer="#/items")
        other = {**arrived(item, 1), "productId": "P2"}
        refused(trip.step("receive", items=[arrived(item, 1), other]), 404, "not_found", pointer="#/items/1")


def test_a_warehouse_of_a_transfer_is_not_deleted(given: Given, item: Item) -> None:
    given.warehouse("W3")
    Trip.planned(item.tenant, plan_body(item, 1, to="W3"))
    refused(item.tenant.operator.delete("/v1/warehouses/W3?version=1"), 409, "resource_in_use")


def test_transfers_are_listed_by_creation_and_filtered(given: Given, item: Item) -> None:
    given.warehouse("W3")
    for code, to in (("B", "W2"), ("A", "W3"), ("C", "W2")):
        Trip.planned(item.tenant, plan_body(item, 1, to=to, transferId=code, reference=f"LORRY-{code}"))
    Trip(item.tenant, "C").done("ship")
    assert _listed(item, "") == ["B", "A", "C"]
    assert _listed(item, "?orderBy=transferId%20desc") == ["C", "B", "A"]
    assert _listed(item, "?status=planned") == ["B", "A"]
    assert _listed(item, "?toWarehouseLocation=W3") == ["A"]
    assert _listed(item, "?fromWarehouseLocation=W3") == []
    assert _listed(item, "?reference=LORRY-B,LORRY-C") == ["B", "C"]
    first = item.tenant.operator.get(f"{PATH}?pageSize=2").json
    assert [row["transferId"] for row in first["data"]] == ["B", "A"]
    assert _listed(item, f"?pageSize=2&pageToken={first['nextPageToken']}") == ["C"]
    (row,) = item.tenant.operator.get(f"{PATH}?transferId=C").json["data"]
    assert row == Trip(item.tenant, "C").get().json


def _listed(item: Item, query: str) -> list[str]:
    return [row["transferId"] for row in item.tenant.operator.get(PATH + query).json["data"]]


def _events(item: Item, prefix: str) -> list[str]:
    """Return the types of the tenant's events that begin with a prefix, the updates first."""
    sql = "SELECT type FROM outbox_outboxmessage WHERE tenant_id = %s AND type LIKE %s ORDER BY id"
    with as_tenant(item.tenant.id), connection.cursor() as cursor:
        cursor.execute(sql, [item.tenant.id, f"{prefix}%"])
        return sorted((str(row[0]) for row in cursor.fetchall()), key=lambda name: name != "inventory.updated")


def test_plans_and_arrivals_are_counted_in_units_of_the_product(item: Item) -> None:
    make_packaging(item.tenant, "P1", "CS", 4)
    body = plan_body(item, 2)
    body["items"][0]["unitOfMeasure"] = "CS"
    trip = Trip.planned(item.tenant, body)
    trip.done("ship")
    trip.done("receive", items=[{**arrived(item, 1), "unitOfMeasure": "CS"}])
    trip.done("receive", items=[{**arrived(item, 3, damaged=1), "unitOfMeasure": "EA"}])
    assert trip.sums == [{"planned": 8, "shipped": 8, "received": 7, "damaged": 1}]


def test_a_quantity_that_is_not_whole_is_refused_where_it_stands(item: Item) -> None:
    make_packaging(item.tenant, "P1", "HALF", 1, denominator=2)
    body = plan_body(item, 3)
    body["items"][0]["unitOfMeasure"] = "HALF"
    trip = Trip.shipped(item, 4)
    halves = {**arrived(item, 2, damaged=1), "unitOfMeasure": "HALF"}
    with nothing_moves(item.tenant):
        answer = item.tenant.operator.post(PATH, body, key=fresh_key())
        refused(answer, 400, "inexact_conversion", pointer="#/items/0/quantity", nearestQuantities=[2, 4])
        answer = trip.step("receive", items=[halves])
        refused(answer, 400, "inexact_conversion", pointer="#/items/0/damaged", nearestQuantities=[2])
        answer = trip.step("receive", items=[{**halves, "unitOfMeasure": "BOX"}])
        refused(answer, 400, "validation_error", pointer="#/items/0/received", unitsOfMeasure=["EA", "HALF"])
