"""Minimum shelf life: a retail partner is offered, and gets, only what lasts as long as was agreed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.core.context import PartyType
from tests.support.notices import heard
from tests.support.stock import Given, Item, nothing_moves, refused


def in_days(days: float) -> str:
    """Return a moment as bodies take it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@pytest.fixture
def fresh_and_old(given: Given) -> Item:
    """Return an item with 10 that last 5 days, 20 that last 50 and 30 that last for ever; R1 needs 30 days, R2 none."""
    item = given.stocked(10, batch="OLD", expires=in_days(5))
    item.posted("receipt", 20, warehouseLocation="W1", batchNumber="NEW", expirationDate=in_days(50))
    item.posted("receipt", 30, warehouseLocation="W1")
    given.agreement("R1", minimumShelfLifeDays=30)
    given.agreement("R2")
    return item


def test_it_sees_only_what_lasts(fresh_and_old: Item) -> None:
    item = fresh_and_old
    for partner, quantity, batches in (("R1", 50, ["NEW"]), ("R2", 60, ["OLD", "NEW"])):
        reader = item.tenant.retailer(partner)
        body = item.get(by=reader).json
        assert (body["availableQuantity"], [each["batchNumber"] for each in body["batches"]]) == (quantity, batches)
        assert reader.get("/v1/inventory").json["data"] == [body]
        for bound, found in ((quantity, 1), (quantity - 1, 0)):
            listed = reader.get(f"/v1/inventory?availableQuantity.lte={bound}").json["data"]
            assert len(listed) == found
        ((_, data), *_) = heard(item.tenant, ["inventory.updated"], PartyType.RETAIL_PARTNER, partner)[-1:]
        assert data == body


def test_it_gets_only_what_lasts(fresh_and_old: Item) -> None:
    item = fresh_and_old
    mine, other = item.tenant.retailer("R1"), item.tenant.retailer("R2")
    with nothing_moves(item.tenant):
        refused(item.post("reservation", 51, by=mine), 409, "insufficient_stock", available=50)
        refused(item.post("reservation", 1, batchNumber="OLD", by=mine), 409, "insufficient_stock", available=0)
    item.posted("reservation", 5, by=mine)
    assert item.levels["W1", "NEW"] == (20, 5, 0, 15)  # first expired first out, of what lasts
    item.posted("reservation", 5, by=other)
    assert item.levels["W1", "OLD"] == (10, 5, 0, 5)


def test_staff_who_take_for_it_get_the_same(fresh_and_old: Item) -> None:
    item = fresh_and_old
    for kind in ("sale", "reservation", "shipment"):
        with nothing_moves(item.tenant):
            answer = item.post(kind, 51, forRetailPartnerId="R1")
            refused(answer, 409, "insufficient_stock", available=50)
    item.posted("sale", 20, forRetailPartnerId="R1")
    assert item.levels["W1", "NEW"] == (0, 0, 0, 0)
    item.posted("sale", 10)
    assert item.levels["W1", "OLD"] == (0, 0, 0, 0)


def test_a_lease_of_several_items_for_it_gets_the_same(fresh_and_old: Item) -> None:
    item = fresh_and_old
    body = {"items": [{"supplierId": "S1", "productId": "P1", "quantity": 51}], "forRetailPartnerId": "R1"}
    refused(item.tenant.operator.post("/v1/reservations", body, key="much"), 409, "insufficient_stock", available=50)
    some = item.tenant.operator.post("/v1/reservations", {**body, "mode": "partial"}, key="some")
    assert (some.status, some.json["items"][0]["quantity"]) == (201, 50)
    assert item.levels["W1", "OLD"] == (10, 0, 0, 10)


def test_delivering_to_it_takes_only_what_lasts(fresh_and_old: Item, given: Given) -> None:
    given.warehouse("RW", partner="R1")
    move: dict[str, Any] = {"warehouseLocation": "W1", "toWarehouseLocation": "RW"}
    with nothing_moves(given.tenant):
        refused(fresh_and_old.post("transfer", 1, batchNumber="OLD", **move), 409, "insufficient_stock", available=0)
        refused(fresh_and_old.post("transfer", 51, **move), 409, "insufficient_stock", available=50)
    fresh_and_old.posted("transfer", 50, **move)
    own = Item(given.tenant, "S1", "P1", "R1")
    assert own.balances[0] == 50


def test_of_its_own_stock_everything_is_its(given: Given) -> None:
    given.agreement("R1", minimumShelfLifeDays=30)
    own = given.stocked(10, batch="OLD", expires=in_days(5), partner="R1", warehouse="RW")
    reader = given.tenant.retailer("R1")
    assert own.get(by=reader).json["availableQuantity"] == 10
    own.posted("sale", 10, by=reader)


def test_what_one_agreement_allows_is_allowed(fresh_and_old: Item, given: Given) -> None:
    reader = given.tenant.retailer("R1")
    agreement = given.agreement("R1", productId="P1", minimumShelfLifeDays=1)
    assert fresh_and_old.get(by=reader).json["availableQuantity"] == 60
    path = f"/v1/supplyAgreements/{agreement['agreementId']}"
    given.tenant.operator.patch(path, {"status": "archived"}, if_match="*")
    assert fresh_and_old.get(by=reader).json["availableQuantity"] == 50
    refused(fresh_and_old.post("reservation", 51, by=reader), 409, "insufficient_stock", available=50)
