"""Shipments: what is packed, what leaves, what arrives with whom, and where the two parties differ."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.orders import Placed, order_body, pack, packed, step, told
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused, wait_for

_SOON, _LATER = "2034-01-01T00:00:00Z", "2034-06-01T00:00:00Z"


@pytest.fixture
def item(given: Given) -> Item:
    """Return ten pieces, and a partner with a warehouse of its own."""
    item = given.stocked(10)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    return item


def _confirmed(item: Item, quantity: int, **members: Any) -> Placed:
    order = Placed.placed(item.tenant, order_body(item, quantity, deliveryWarehouse="WR1", **members))
    order.done("confirm")
    return order


def _theirs(item: Item) -> Item:
    return Item(item.tenant, "S1", "P1", "R1")


def _dispatched(item: Item, quantity: int, **members: Any) -> tuple[Placed, str]:
    order = _confirmed(item, quantity, **members)
    shipment = packed(order, ("P1", quantity))
    assert step(item.tenant, shipment, "dispatch").status == 200
    return order, shipment


def test_from_the_order_to_the_partner_s_shelf(item: Item) -> None:
    """The hot-sauce workflow: books balance on both sides."""
    supplier, retailer = item.tenant.supplier("S1"), item.tenant.retailer("R1")
    order = Placed.placed(item.tenant, order_body(item, 6, deliveryWarehouse="WR1"), by=retailer)
    order.done("confirm", by=supplier)
    shipment = packed(order, ("P1", 6), by=supplier, carrier="UPS", trackingNumber="1Z9")
    assert item.balances == (10, 6, 0, 4)
    left = step(item.tenant, shipment, "dispatch", {"expectedAt": _SOON}, by=supplier)
    assert (left.status, left.json["status"], left.json["version"]) == (200, "dispatched", 2)
    assert (item.balances, order.status, order.sums) == ((4, 0, 0, 4), "shipped", {"confirmed": 6, "shipped": 6})
    assert retailer.get("/v1/inventory/S1/P1?retailPartnerId=R1").json["incomingQuantity"] == 6
    seen = retailer.get(f"/v1/shipments/{shipment}").json
    assert (seen["carrier"], seen["trackingNumber"], seen["batches"][0]["inTransit"]) == ("UPS", "1Z9", 6)
    received = order.done("receive", by=retailer)
    assert (received["status"], received["items"][0]["receivedQuantity"]) == ("received", 6)
    theirs = _theirs(item)
    assert (theirs.balances, theirs.get().json["incomingQuantity"]) == ((6, 0, 0, 6), 0)
    assert retailer.get(f"/v1/shipments/{shipment}").json["status"] == "delivered"
    assert [kind for kind, _, _ in told(item.tenant)] == [
        "order.placed",
        "order.confirmed",
        "order.shipped",
        "order.received",
    ]
    assert [kind for kind, _, _ in told(item.tenant, "shipment.")] == [
        "shipment.created",
        "shipment.dispatched",
        "shipment.delivered",
    ]


def test_an_order_leaves_in_several_shipments_and_arrives_in_parts(item: Item) -> None:
    order = _confirmed(item, 6)
    first, second = packed(order, ("P1", 2)), packed(order, ("P1", 4))
    step(item.tenant, first, "dispatch")
    assert (order.status, order.sums) == ("partlyShipped", {"confirmed": 6, "reserved": 4, "shipped": 2})
    step(item.tenant, second, "dispatch")
    assert (order.status, item.balances) == ("shipped", (4, 0, 0, 4))
    part = order.done("receive", {"items": [{"productId": "P1", "received": 3}]})
    assert (part["status"], part["items"][0]["receivedQuantity"]) == ("shipped", 3)
    operator = item.tenant.operator
    assert [operator.get(f"/v1/shipments/{code}").json["status"] for code in (first, second)] == [
        "delivered",
        "dispatched",
    ]
    order.done("receive")
    assert (order.status, _theirs(item).balances) == ("received", (6, 0, 0, 6))


@pytest.mark.parametrize("batch", [None, "B1"])
@pytest.mark.parametrize("said", [(), (5, 5), (3, 7)])
def test_several_shipments_are_received_at_once_and_once(
    given: Given, said: tuple[int, ...], batch: str | None
) -> None:
    """However often the receipt names the product."""
    item = given.stocked(10, batch=batch, expires=batch and _SOON)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 10)
    order.shipped(4)
    order.shipped(6)
    order.done("receive", {"items": [{"productId": "P1", "received": quantity} for quantity in said]} if said else {})
    assert (order.status, order.sums) == ("received", {"confirmed": 10, "shipped": 10, "received": 10})
    with nothing_moves(item.tenant):
        refused(order.do("receive"), 409, "invalid_state", currentStatus="received")
    assert (item.balances[0], _theirs(item).balances[0]) == (0, 10)


def test_a_receipt_leaves_the_shipments_alone_that_it_does_not_touch(item: Item) -> None:
    order = _confirmed(item, 10)
    shipments = order.shipped(4), order.shipped(6)
    order.done("receive", {"items": [{"productId": "P1", "received": 1}]})
    read = item.tenant.operator.get
    assert [read(f"/v1/shipments/{code}").json["version"] for code in shipments] == [3, 2]


def test_what_is_over_is_told_of_its_shipment_though_as_much_is_under_way_as_before(given: Given) -> None:
    given.stocked(2, batch="B1", expires="2034-01-01T00:00:00Z")
    item = given.stocked(2, batch="B2", expires="2034-06-01T00:00:00Z")
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 4)
    shipment = order.shipped(4)
    for received, version in ((2, 3), (1, 4)):
        order.done("receive", {"items": [{"productId": "P1", "received": received, "batchNumber": "B1"}]})
        shown = item.tenant.operator.get(f"/v1/shipments/{shipment}").json
        assert (shown["version"], sum(each["inTransit"] for each in shown["batches"])) == (version, 2)


def test_damaged_short_and_over_are_booked_and_told_as_discrepancies(item: Item) -> None:
    order, _ = _dispatched(item, 6)
    retailer = item.tenant.retailer("R1")
    body = {"items": [{"productId": "P1", "received": 3, "damaged": 2}], "complete": True}
    done = order.done("receive", body, by=retailer)
    assert (done["status"], order.sums) == (
        "received",
        {"confirmed": 6, "shipped": 6, "received": 3, "damaged": 2, "short": 1},
    )
    assert _theirs(item).balances == (5, 0, 2, 3)
    found = item.tenant.supplier("S1").get(f"/v1/discrepancies?orderId={order.code}").json["data"]
    assert sorted((each["kind"], each["quantity"], each["status"], each["reportedBy"]) for each in found) == [
        ("damaged", 2, "open", "retailPartner"),
        ("short", 1, "open", "retailPartner"),
    ]
    path = f"/v1/discrepancies/{found[0]['discrepancyId']}/resolve"
    refused(retailer.post(path, {"resolution": "accepted"}, key="r0"), 403, "not_permitted")
    settled = item.tenant.supplier("S1").post(path, {"resolution": "accepted", "note": "Credited"}, key="r1")
    assert (settled.status, settled.json["status"], settled.json["version"]) == (200, "accepted", 2)
    refused(item.tenant.operator.post(path, {"resolution": "rejected"}, key="r2"), 409, "invalid_state")


def test_more_than_was_sent_is_over(item: Item) -> None:
    order, _ = _dispatched(item, 4)
    order.done("receive", {"items": [{"productId": "P1", "received": 5}]})
    assert (order.sums, _theirs(item).balances) == (
        {"confirmed": 4, "shipped": 4, "received": 5, "over": 1},
        (5, 0, 0, 5),
    )


def test_only_who_receives_says_that_more_came_than_was_sent(item: Item) -> None:
    order, shipment = _dispatched(item, 5)
    supplier = item.tenant.supplier("S1")
    with nothing_moves(item.tenant):
        for line in ({"received": 500}, {"received": 4, "damaged": 2}):
            answer = step(item.tenant, shipment, "deliver", {"items": [{"productId": "P1", **line}]}, by=supplier)
            refused(answer, 409, "invalid_state", open=5, requested=sum(line.values()))
    assert step(item.tenant, shipment, "deliver", by=supplier).status == 200
    assert (order.sums["received"], _theirs(item).balances[0]) == (5, 5)


def test_the_batches_that_were_picked_leave_and_arrive(given: Given) -> None:
    item = given.stocked(5, batch="OLD", expires=_SOON)
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="NEW", expirationDate=_LATER)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 4)
    assert item.levels[("W1", "OLD")] == (5, 4, 0, 1)
    shipment = packed(order, ("P1", 3, "NEW"), ("P1", 1))
    left = step(item.tenant, shipment, "dispatch").json
    assert {batch["batchNumber"]: batch["shipped"] for batch in left["batches"]} == {"OLD": 1, "NEW": 3}
    assert item.levels == {("W1", "OLD"): (4, 0, 0, 4), ("W1", "NEW"): (2, 0, 0, 2)}
    order.done("receive")
    assert _theirs(item).levels == {("WR1", "OLD"): (1, 0, 0, 1), ("WR1", "NEW"): (3, 0, 0, 3)}
    expiries = {level["batchNumber"]: level["expirationDate"] for level in _theirs(item).get().json["levels"]}
    assert expiries == {"OLD": "2034-01-01T00:00:00.000000Z", "NEW": "2034-06-01T00:00:00.000000Z"}


def test_a_batch_that_was_never_sent_is_one_parcel_however_often_it_is_named(given: Given) -> None:
    item = given.stocked(5, batch="OLD", expires=_SOON)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 4)
    step(item.tenant, packed(order, ("P1", 4)), "dispatch")
    surprise = {"productId": "P1", "batchNumber": "NEW", "received": 1}
    order.done("receive", {"items": [surprise, surprise, {"productId": "P1", "received": 4}]})
    assert (order.sums["over"], order.status) == (2, "received")
    assert _theirs(item).levels == {("WR1", "NEW"): (2, 0, 0, 2), ("WR1", "OLD"): (4, 0, 0, 4)}


def test_a_batch_that_others_hold_is_not_picked(given: Given) -> None:
    item = given.stocked(5, batch="OLD", expires=_SOON)
    item.posted("receipt", 2, warehouseLocation="W1", batchNumber="NEW", expirationDate=_LATER)
    item.posted("reservation", 1, batchNumber="NEW")
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 4)
    shipment = packed(order, ("P1", 2, "NEW"))
    with nothing_moves(item.tenant):
        refused(step(item.tenant, shipment, "dispatch"), 409, "insufficient_stock", available=1, requested=2)


def test_what_waits_for_stock_cannot_leave(item: Item) -> None:
    order = _confirmed(item, 14, line={"backorder": True})
    shipment = packed(order, ("P1", 12))
    with nothing_moves(item.tenant):
        refused(step(item.tenant, shipment, "dispatch"), 409, "insufficient_stock", available=10, requested=12)
    item.posted("receipt", 4, warehouseLocation="W1")
    assert step(item.tenant, shipment, "dispatch").status == 200
    assert order.sums == {"confirmed": 14, "reserved": 2, "shipped": 12}


def test_no_more_is_packed_than_is_open(item: Item) -> None:
    order = _confirmed(item, 6)
    first = packed(order, ("P1", 4))
    with nothing_moves(item.tenant):
        refused(pack(order, ("P1", 3)), 409, "invalid_state", open=2, requested=3)
        refused(pack(order, ("P9", 1)), 404, "not_found", pointer="#/packages/0/items/0/productId")
        refused(pack(order, ("P1", 1), fromWarehouseLocation="WR1"), 404, "not_found")
    assert step(item.tenant, first, "cancel").json["status"] == "cancelled"
    assert pack(order, ("P1", 6)).status == 201


def test_an_sscc_has_its_check_digit_and_names_one_package(item: Item) -> None:
    order = _confirmed(item, 6)

    def boxed(code: str) -> dict[str, Any]:
        return {"packages": [{"sscc": code, "items": [{"productId": "P1", "quantity": 1}]}]}

    refused(pack(order, **boxed("106141412345678909")), 400, "invalid_check_digit", pointer="#/packages/0/sscc")
    assert pack(order, **boxed("106141412345678908")).status == 201
    refused(pack(order, **boxed("106141412345678908")), 409, "already_exists")


def test_every_step_that_the_status_does_not_allow_is_refused(item: Item) -> None:
    order = Placed.placed(item.tenant, order_body(item, 6, deliveryWarehouse="WR1"))
    refused(pack(order, ("P1", 1)), 409, "invalid_state", currentStatus="placed")
    order.done("confirm")
    refused(order.do("receive"), 409, "invalid_state", currentStatus="confirmed")
    shipment = packed(order, ("P1", 6))
    refused(step(item.tenant, shipment, "deliver"), 409, "invalid_state", currentStatus="created")
    step(item.tenant, shipment, "dispatch")
    for late in ("dispatch", "cancel"):
        refused(step(item.tenant, shipment, late), 409, "invalid_state", allowed=["change", "deliver"])
    refused(order.do("cancel"), 409, "invalid_state", allowed=["receive", "return"])
    step(item.tenant, shipment, "deliver")
    refused(step(item.tenant, shipment, "deliver"), 409, "invalid_state", allowed=[])
    refused(order.do("receive"), 409, "invalid_state", currentStatus="received", allowed=["return"])


def test_to_receive_is_allowed_while_something_is_under_way(item: Item) -> None:
    order = _confirmed(item, 6)
    order.shipped(2)
    assert "receive" in order.do("confirm").json["allowed"]
    order.done("receive")
    answer = order.do("receive")
    refused(answer, 409, "invalid_state", currentStatus="partlyShipped")
    assert "receive" not in answer.json["allowed"]


def test_a_shipment_of_a_cancelled_order_does_not_leave(item: Item) -> None:
    order = _confirmed(item, 6)
    shipment = packed(order, ("P1", 6))
    order.done("cancel")
    with nothing_moves(item.tenant):
        refused(step(item.tenant, shipment, "dispatch"), 409, "invalid_state", currentStatus="cancelled")


def test_what_is_left_of_a_partly_shipped_order_may_be_cancelled(item: Item) -> None:
    order = _confirmed(item, 6)
    shipment = packed(order, ("P1", 2))
    step(item.tenant, shipment, "dispatch")
    assert order.done("cancel")["status"] == "shipped"
    assert (order.sums, item.balances) == ({"confirmed": 6, "shipped": 2, "cancelled": 4}, (8, 0, 0, 8))
    order.done("receive")
    assert order.status == "received"


def test_cancelling_the_rest_tells_what_the_order_has_come_to(item: Item) -> None:
    gone, arrived = _confirmed(item, 3), _confirmed(item, 3)
    gone.shipped(1)
    arrived.shipped(1)
    arrived.done("receive")
    for order, status, kind in ((gone, "shipped", "order.updated"), (arrived, "received", "order.received")):
        seen = order.done("cancel")
        assert (seen["status"], told(item.tenant)[-1][:2]) == (status, (kind, order.code))
        assert seen["shippedAt"] is not None


def test_a_sale_to_a_customer_is_delivered_without_a_receipt_in_the_books(item: Item) -> None:
    body = order_body(item, 2, type="sale", platform="shopify", platformOrderNumber="7")
    del body["retailPartnerId"]
    order = Placed.placed(item.tenant, body)
    shipment = packed(order, ("P1", 2))
    step(item.tenant, shipment, "dispatch")
    delivered = step(item.tenant, shipment, "deliver", {"occurredAt": "2026-01-01T00:00:00Z"})
    assert (delivered.json["status"], order.status, item.balances) == ("delivered", "received", (8, 0, 0, 8))
    assert delivered.json["deliveredAt"] == "2026-01-01T00:00:00.000000Z"


def test_parties_see_only_their_own(given: Given, item: Item) -> None:
    order, shipment = _dispatched(item, 6)
    given.partner("R2")
    given.supplier("S2")
    for stranger in (item.tenant.retailer("R2"), item.tenant.supplier("S2")):
        refused(stranger.get(f"/v1/shipments/{shipment}"), 404, "not_found")
        assert stranger.get("/v1/shipments").json["data"] == []
        refused(order.do("receive", by=stranger), 404, "not_found")
        assert stranger.get("/v1/discrepancies").json["data"] == []
    supplier, retailer = item.tenant.supplier("S1"), item.tenant.retailer("R1")
    refused(order.do("receive", by=supplier), 403, "not_permitted")
    assert retailer.get(f"/v1/shipments/{shipment}").json["fromWarehouseLocation"] is None
    assert [row["shipmentId"] for row in supplier.get("/v1/shipments").json["data"]] == [shipment]


def test_a_patch_changes_how_it_is_carried(item: Item) -> None:
    order = _confirmed(item, 6)
    shipment = packed(order, ("P1", 6))
    path = f"/v1/shipments/{shipment}"
    changed = item.tenant.operator.patch(path, {"trackingNumber": "1Z", "expectedAt": _SOON, "version": 1})
    assert (changed.status, changed.json["trackingNumber"], changed.json["version"]) == (200, "1Z", 2)
    refused(item.tenant.operator.patch(path, {"carrier": "UPS", "version": 1}), 409, "version_conflict")
    refused(item.tenant.operator.patch(path, {"carrier": "UPS"}), 428, "precondition_required")


def test_what_expires_first_leaves_first_whenever_it_was_promised(given: Given) -> None:
    item = given.stocked(5, batch="LATER", expires=_LATER)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 10, line={"backorder": True})
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="SOON", expirationDate=_SOON)
    assert order.sums == {"confirmed": 10, "reserved": 10}
    order.shipped(5)
    assert item.levels == {("W1", "SOON"): (0, 0, 0, 0), ("W1", "LATER"): (5, 5, 0, 0)}


def test_what_has_expired_is_held_no_longer_where_another_batch_leaves(given: Given) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=2)
    item = given.stocked(5, batch="GONE", expires=expires.isoformat())
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="GOOD", expirationDate=_SOON)
    given.agreement()
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 5)
    assert item.levels[("W1", "GONE")][1] == 5
    wait_for(expires)
    order.shipped(5, batch="GOOD")
    assert [item.levels[("W1", batch)][:2] for batch in ("GONE", "GOOD")] == [(5, 0), (0, 0)]


def test_a_batch_that_is_picked_lasts_as_long_as_was_agreed(given: Given) -> None:
    soon = datetime.now(UTC) + timedelta(days=9)
    item = given.stocked(5, batch="SOON", expires=soon.isoformat())
    given.stocked(5, batch="GOOD", expires=_SOON)
    given.agreement(minimumShelfLifeDays=30)
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 5)
    shipment = packed(order, ("P1", 2, "SOON"))
    refused(step(item.tenant, shipment, "dispatch"), 409, "insufficient_stock", available=0)
    assert step(item.tenant, shipment, "cancel").status == 200
    order.shipped(5, batch="GOOD")


def test_a_batch_that_takes_the_place_of_one_that_has_expired_is_nobody_else_s_share(given: Given) -> None:
    expires = datetime.now(UTC) + timedelta(seconds=2)
    item = given.stocked(5, batch="GONE", expires=expires.isoformat())
    given.stocked(5, batch="GOOD", expires=_SOON)
    given.agreement()
    given.agreement("R2")
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 5)
    share = {"supplierId": "S1", "productId": "P1", "retailPartnerId": "R2", "quantity": 4}
    assert item.tenant.operator.post("/v1/allocations", share, key="share").status == 201
    wait_for(expires)
    shipment = packed(order, ("P1", 2, "GOOD"))
    refused(step(item.tenant, shipment, "dispatch"), 409, "insufficient_stock", available=1)
    assert step(item.tenant, shipment, "cancel").status == 200
    order.shipped(1, batch="GOOD")


def test_of_two_batches_that_are_picked_the_held_one_leaves_first(given: Given) -> None:
    """What the other one gives back goes to whoever waits, and that is not to be what was picked here."""
    item = given.stocked(2, batch="A", expires=_LATER)
    given.stocked(1, batch="B", expires=_SOON)
    given.agreement()
    given.agreement("R2", minimumShelfLifeDays=30)
    given.warehouse("WR1", partner="R1")
    order = _confirmed(item, 3)
    waits = Placed.placed(item.tenant, order_body(item, 5, retailPartnerId="R2", line={"backorder": True}))
    given.stocked(2, batch="C", expires=(datetime.now(UTC) + timedelta(days=9)).isoformat())
    shipment = packed(order, ("P1", 2, "C"), ("P1", 1, "A"))
    left = step(item.tenant, shipment, "dispatch")
    assert left.status == 200, left.json
    assert {level[1]: found[:2] for level, found in item.levels.items()} == {"A": (1, 1), "B": (1, 1), "C": (0, 0)}
    assert waits.sums == {"reserved": 2, "backordered": 3}


def test_more_is_not_short_or_damaged_than_was_sent(item: Item) -> None:
    _, shipment = _dispatched(item, 6)

    def said(kind: str, quantity: int) -> Any:
        body = {"shipmentId": shipment, "productId": "P1", "kind": kind, "quantity": quantity}
        return item.tenant.retailer("R1").post("/v1/discrepancies", body, key=fresh_key())

    refused(said("damaged", 7), 409, "invalid_state", open=6, requested=7)
    first = said("damaged", 4)
    assert (first.status, said("over", 50).status) == (201, 201)
    refused(said("short", 3), 409, "invalid_state", open=2)
    path = f"/v1/discrepancies/{first.json['discrepancyId']}/resolve"
    assert item.tenant.supplier("S1").post(path, {"resolution": "rejected"}, key="no").status == 200
    assert said("short", 6).status == 201


def test_a_changed_arrival_is_when_the_partner_expects_it(item: Item) -> None:
    _, shipment = _dispatched(item, 6)
    for moment in (_SOON, _LATER):
        path = f"/v1/shipments/{shipment}"
        assert item.tenant.operator.patch(path, {"expectedAt": moment}, if_match="*").status == 200
        (expected,) = _theirs(item).get().json["incoming"]
        assert (expected["quantity"], expected["expectedAt"][:10]) == (6, moment[:10])
