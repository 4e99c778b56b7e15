"""Who moves what, who sees which transfer, and whose the stock is when it has arrived."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import Refusal
from apps.core.ids import uuid7
from apps.inventory.api.transfer_events import render_transfers
from apps.inventory.domain import kernel
from apps.inventory.domain.movements import BATCH_HOLD, POOL
from apps.inventory.models import Allocation
from apps.inventory.queries.changes import logged_events
from apps.outbox.unit_of_work import UnitOfWork, as_tenant, reading, use_case
from tests.support.api import ApiAnswer, ApiClient
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused, relay
from tests.support.transfers import PATH, Trip, arrived, plan_body


@pytest.fixture
def house(given: Given) -> Item:
    """Return ten pieces of S1's in the tenant's W1; the others have warehouses of their own."""
    item = given.stocked(10)
    given.warehouse("W2")
    given.warehouse("WS1", supplier="S1")
    given.warehouse("WS2", supplier="S2")
    for partner in ("R1", "R2"):
        given.warehouse(f"W{partner}", partner=partner)
    given.agreement("R1", "S1")
    return item


@pytest.fixture
def delivery(house: Item) -> Trip:
    """Return four pieces on their way from the house to R1."""
    return Trip.shipped(house, 4, to="WR1")


def _of_r1(house: Item) -> Item:
    return Item(house.tenant, "S1", "P1", "R1")


def _planned(client: ApiClient, body: dict[str, Any]) -> ApiAnswer:
    return client.post(PATH, body, key=fresh_key())


def _codes(client: ApiClient, query: str = "") -> list[str]:
    return [row["transferId"] for row in client.get(PATH + query).json["data"]]


def test_a_supplier_moves_its_stock_between_the_tenant_s_warehouses_and_its_own(house: Item) -> None:
    supplier = house.tenant.supplier("S1")
    trip = Trip.planned(house.tenant, plan_body(house, 4, to="WS1"), by=supplier)
    trip.done("ship", by=supplier)
    trip.done("receive", by=supplier, items=[arrived(house, 4)])
    assert house.levels == {("W1", None): (6, 0, 0, 6), ("WS1", None): (4, 0, 0, 4)}
    assert [level["owner"] for level in house.get().json["levels"]] == ["tenant", "supplier"]
    assert _codes(supplier) == [trip.code]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"toWarehouseLocation": "WR1"}, "#/toWarehouseLocation"),
        ({"fromWarehouseLocation": "WR1"}, "#/fromWarehouseLocation"),
        ({"toWarehouseLocation": "WS2"}, "#/toWarehouseLocation"),
        ({"items": [{"supplierId": "S2", "productId": "P1", "quantity": 1}]}, "#/items/0"),
    ],
)
def test_a_supplier_names_nothing_that_is_not_its_own(house: Item, changes: dict[str, Any], pointer: str) -> None:
    with nothing_moves(house.tenant):
        answer = _planned(house.tenant.supplier("S1"), {**plan_body(house, 1), **changes})
        refused(answer, 404, "not_found", pointer=pointer)


def test_to_everybody_else_a_transfer_is_not_there(house: Item) -> None:
    trip = Trip.shipped(house, 4)
    for client in (house.tenant.supplier("S2"), house.tenant.retailer("R1")):
        assert _codes(client) == []
        with nothing_moves(house.tenant):
            for answer in (
                trip.get(by=client),
                trip.step("ship", by=client),
                trip.step("receive", by=client, complete=True),
                trip.step("cancel", by=client),
            ):
                refused(answer, 404, "not_found")


def test_a_supplier_does_not_see_a_transfer_with_another_s_things(given: Given, house: Item) -> None:
    given.stocked(5, supplier="S2", product="P2")
    body = plan_body(house, 1)
    body["items"].append({"supplierId": "S2", "productId": "P2", "quantity": 1})
    trip = Trip.planned(house.tenant, body)
    for supplier in ("S1", "S2"):
        refused(trip.get(by=house.tenant.supplier(supplier)), 404, "not_found")


def test_what_arrives_at_a_retail_partner_is_its_own(house: Item, delivery: Trip) -> None:
    theirs = _of_r1(house)
    assert (theirs.balances, theirs.get().json["incomingQuantity"]) == ((0, 0, 0, 0), 4)
    assert (house.balances, house.get().json["incomingQuantity"]) == ((6, 0, 0, 6), 0)
    delivery.done("receive", items=[arrived(house, 3)], complete=True)
    assert (theirs.balances, theirs.get().json["incomingQuantity"]) == ((3, 0, 0, 3), 0)
    assert [(row["type"], row["inventoryLevelChange"], row["reason"]) for row in theirs.ledger] == [
        ("transfer", 3, None),
        ("transfer", 1, None),
        ("adjustment", -1, "short"),
    ]
    assert house.balances == (6, 0, 0, 6)


def test_what_is_cancelled_on_its_way_to_a_retail_partner_is_the_house_s_again(house: Item, delivery: Trip) -> None:
    delivery.done("cancel")
    theirs = _of_r1(house).get().json
    assert (theirs["inventoryLevel"], theirs["incomingQuantity"], theirs["levels"]) == (0, 0, [])
    assert house.balances == (10, 0, 0, 10)


def test_staff_take_stock_back_from_a_retail_partner(given: Given, house: Item) -> None:
    theirs = given.stocked(5, warehouse="WR1", partner="R1", batch="B", expires="2034-01-01")
    body = plan_body(house, 2, to="W2", fromWarehouseLocation="WR1")
    body["items"][0]["retailPartnerId"] = "R1"
    trip = Trip.planned(house.tenant, body)
    trip.done("ship")
    trip.done("receive", items=[arrived(house, 2)])
    assert (theirs.balances[0], house.levels["W2", "B"]) == (3, (2, 0, 0, 2))
    (level,) = [level for level in house.get().json["levels"] if level["batchNumber"] == "B"]
    assert level["expirationDate"][:10] == "2034-01-01"
    refused(trip.get(by=house.tenant.supplier("S1")), 404, "not_found")


def test_a_transfer_out_of_a_partner_s_warehouse_is_of_that_partner_s_item(house: Item) -> None:
    body = plan_body(house, 1)
    body["items"][0]["retailPartnerId"] = "R1"
    with nothing_moves(house.tenant):
        refused(_planned(house.tenant.operator, body), 404, "not_found", pointer="#/items/0/retailPartnerId")


def test_a_retail_partner_receives_what_comes_to_it_and_decides_nothing_else(house: Item, delivery: Trip) -> None:
    partner = house.tenant.retailer("R1")
    with nothing_moves(house.tenant):
        refused(delivery.step("cancel", by=partner), 403, "not_permitted")
        refused(delivery.step("ship", by=partner), 403, "not_permitted")
    received = delivery.done("receive", by=partner, items=[arrived(house, 3, damaged=1)])
    assert (received["status"], received["fromWarehouseLocation"], received["toWarehouseLocation"]) == (
        "received",
        None,
        "WR1",
    )
    assert _of_r1(house).balances == (4, 0, 1, 3)


def test_a_supplier_sees_what_leaves_for_a_retail_partner_and_not_where_it_goes(house: Item, delivery: Trip) -> None:
    supplier = house.tenant.supplier("S1")
    seen = delivery.get(by=supplier).json
    assert (seen["fromWarehouseLocation"], seen["toWarehouseLocation"]) == ("W1", None)
    assert (_codes(supplier, "?toWarehouseLocation=WR1"), _codes(supplier, "?fromWarehouseLocation=W1")) == (
        [],
        [delivery.code],
    )
    with nothing_moves(house.tenant):
        for answer in (
            delivery.step("ship", by=supplier),
            delivery.step("receive", by=supplier, complete=True),
            delivery.step("cancel", by=supplier),
        ):
            refused(answer, 403, "not_permitted")


def test_a_retail_partner_moves_its_own_item_between_its_own_warehouses(given: Given, house: Item) -> None:
    theirs = given.stocked(5, warehouse="WR1", partner="R1")
    given.warehouse("WR1b", partner="R1")
    partner = house.tenant.retailer("R1")
    body = plan_body(house, 2, to="WR1b", fromWarehouseLocation="WR1")
    trip = Trip.planned(house.tenant, body, by=partner)
    shipped = trip.done("ship", by=partner)
    assert shipped["items"][0]["retailPartnerId"] == "R1"
    trip.done("receive", by=partner, items=[arrived(house, 1)])
    trip.done("cancel", by=partner)
    assert theirs.levels == {("WR1", None): (4, 0, 0, 4), ("WR1b", None): (1, 0, 0, 1)}
    for other in (house.tenant.supplier("S1"), house.tenant.retailer("R2")):
        refused(trip.get(by=other), 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"fromWarehouseLocation": "W1"}, "#/fromWarehouseLocation"),
        ({"toWarehouseLocation": "W2"}, "#/toWarehouseLocation"),
        ({"toWarehouseLocation": "WR2"}, "#/toWarehouseLocation"),
        ({"items": [{"supplierId": "S1", "productId": "P2", "quantity": 1}]}, "#/items/0"),
    ],
)
def test_a_retail_partner_names_nothing_that_is_not_its_own(
    given: Given, house: Item, changes: dict[str, Any], pointer: str
) -> None:
    given.stocked(5, warehouse="WR1", partner="R1")
    given.stocked(5, product="P2")
    given.warehouse("WR1b", partner="R1")
    body = {**plan_body(house, 1, to="WR1b", fromWarehouseLocation="WR1"), **changes}
    with nothing_moves(house.tenant):
        refused(_planned(house.tenant.retailer("R1"), body), 404, "not_found", pointer=pointer)


def test_a_retail_partner_gets_only_what_lasts_as_long_as_agreed(given: Given) -> None:
    soon = (datetime.now(UTC) + timedelta(days=10)).date().isoformat()
    item = given.stocked(5, batch="SOON", expires=soon)
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="LATE", expirationDate="2034-01-01")
    given.warehouse("WR1", partner="R1")
    given.agreement("R1", "S1", minimumShelfLifeDays=30)
    (line,) = Trip.shipped(item, 5, to="WR1").get().json["items"]
    assert [each["batchNumber"] for each in line["batches"]] == ["LATE"]
    trip = Trip.planned(item.tenant, plan_body(item, 1, to="WR1"))
    refused(trip.step("ship"), 409, "insufficient_stock", available=0, requested=1)


def test_each_step_is_told_to_those_who_see_the_transfer(house: Item, delivery: Trip) -> None:
    delivery.done("receive", items=[arrived(house, 1)])
    delivery.done("cancel")
    relay()
    told = {
        reader: _told(house, *reader)
        for reader in (
            (PartyType.TENANT, ""),
            (PartyType.SUPPLIER, "S1"),
            (PartyType.SUPPLIER, "S2"),
            (PartyType.RETAIL_PARTNER, "R1"),
            (PartyType.RETAIL_PARTNER, "R2"),
        )
    }
    steps = [
        ("transfer.shipped", 2, "inTransit"),
        ("transfer.received", 3, "inTransit"),
        ("transfer.cancelled", 4, "cancelled"),
    ]
    assert told == {
        (PartyType.TENANT, ""): [(*step, "W1", "WR1") for step in steps],
        (PartyType.SUPPLIER, "S1"): [(*step, "W1", None) for step in steps],
        (PartyType.SUPPLIER, "S2"): [],
        (PartyType.RETAIL_PARTNER, "R1"): [(*step, None, "WR1") for step in steps],
        (PartyType.RETAIL_PARTNER, "R2"): [],
    }


def _told(house: Item, party: PartyType, code: str) -> list[tuple[Any, ...]]:
    reader = Principal(
        tenant_id=house.tenant.id, application_id=1, party=party, party_id=code, scopes=frozenset({"inventory:read"})
    )
    ctx = CallContext(principal=reader, now=datetime.now(UTC), request_id="told")
    with reading(ctx):
        events = [each for each in logged_events(ctx, after=0, limit=500) if each.type.startswith("transfer.")]
        views = render_transfers(events, reader, ctx.now)
    return [
        (event.type, event.sequence, view.status, view.from_warehouse_location, view.to_warehouse_location)
        for event, view in zip(events, views, strict=True)
        if view is not None
    ]


def test_a_batch_that_is_recalled_on_the_way_is_held_where_it_arrives(given: Given) -> None:
    item = given.stocked(5, batch="B", expires="2034-01-01")
    given.warehouse("WR1", partner="R1")
    trip = Trip.shipped(item, 4, to="WR1")
    _ask_kernel(item, type="hold", batch="B", reason="Glass in it", rule=BATCH_HOLD.as_json())
    trip.done("receive", items=[arrived(item, 3)])
    theirs = _of_r1(item)
    (level,) = theirs.get().json["levels"]
    assert (level["held"], theirs.balances) == (True, (3, 0, 0, 0))
    trip.done("cancel")
    assert item.balances == (2, 0, 0, 0)


def test_a_delivery_draws_on_the_partner_s_pool_and_gives_back_what_never_arrives(given: Given, house: Item) -> None:
    mine, theirs = (
        {"id": str(uuid7()), "retailPartner": partner, "channel": None, "quantity": quantity}
        for partner, quantity in (("R1", 3), ("R2", 5))
    )
    for pool in (mine, theirs):
        _ask_kernel(house, type="allocation", allocation=pool, rule=POOL.as_json())
    trip = Trip.planned(house.tenant, plan_body(house, 6, to="WR1"))
    refused(trip.step("ship"), 409, "insufficient_stock", available=5, requested=6)
    trip.done("cancel")
    trip = Trip.shipped(house, 2, to="WR1")
    trip.done("receive", items=[arrived(house, 1)])
    assert _sold(house) == {"R1": 2, "R2": 0}
    trip.done("cancel")
    assert _sold(house) == {"R1": 1, "R2": 0}


def _sold(item: Item) -> dict[str, int]:
    with as_tenant(item.tenant.id):
        return dict(Allocation.objects.filter(tenant_id=item.tenant.id).values_list("retail_partner_id", "sold"))


def _ask_kernel(item: Item, **members: Any) -> None:
    """Have the kernel apply a line for which there is no request of its own."""
    staff = Principal(tenant_id=item.tenant.id, application_id=1, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=staff, now=datetime.now(UTC), request_id="test")
    assert _applied(ctx, {"supplier": item.supplier, "product": item.product, "partner": None, **members}).result


@use_case(bool)
def _applied(uow: UnitOfWork, line: dict[str, Any]) -> bool:
    (result,) = kernel.post_within(uow, [line])
    return not isinstance(result, Refusal)
