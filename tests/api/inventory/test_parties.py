"""Contract, section 2: who may post what; and that what is invisible answers exactly like what is absent."""

from typing import Any

import pytest

from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Given, Item, nothing_moves, refused, relay

MOVEMENTS: dict[str, dict[str, Any]] = {
    "receipt": {"quantity": 1, "warehouseLocation": "W1"},
    "sale": {"quantity": 1},
    "reservation": {"quantity": 1},
    "release": {},
    "shipment": {"quantity": 1},
    "return": {"quantity": 1, "warehouseLocation": "W1"},
    "damage": {"quantity": 1, "reason": "x"},
    "adjustment": {"quantity": 1, "reason": "x"},
    "transfer": {"quantity": 1, "warehouseLocation": "W1", "toWarehouseLocation": "W2"},
    "count": {"quantity": 1, "warehouseLocation": "W1"},
}
OFFERED = {
    "supplierId",
    "productId",
    "availableQuantity",
    "stockStatus",
    "leadTimeDays",
    "batchNumber",
    "expirationDate",
    "lastUpdated",
    "version",
    "batches",
}


@pytest.fixture
def house(given: Given) -> Item:
    """Return house stock of S1 in two warehouses, shared with R1; S2 and R2 have no part in it."""
    item = given.stocked(10)
    given.warehouse("W2")
    given.supplier("S2")
    given.partner("R2")
    given.agreement("R1", "S1")
    return item


def _posted(item: Item, kind: str, by: ApiClient, **changes: Any) -> ApiAnswer:
    members = {**MOVEMENTS[kind], **changes}
    if kind == "release" and "reservationId" not in members:
        members["reservationId"] = item.posted("reservation", 1)["reservationId"]
    return item.post(kind, members.pop("quantity", None), by=by, **members)


@pytest.mark.parametrize("kind", MOVEMENTS)
def test_staff_and_the_supplier_post_every_movement(house: Item, kind: str) -> None:
    for client in (house.tenant.operator, house.tenant.supplier("S1")):
        assert _posted(house, kind, client).status == 201


@pytest.mark.parametrize("kind", MOVEMENTS)
def test_a_partner_posts_every_movement_on_its_own_item(given: Given, kind: str) -> None:
    item = given.stocked(10, partner="R1", warehouse="RW")
    given.warehouse("RW2", partner="R1")
    places = {"warehouseLocation": "RW", "toWarehouseLocation": "RW2"}
    changes = {name: place for name, place in places.items() if name in MOVEMENTS[kind]}
    assert _posted(item, kind, given.tenant.retailer("R1"), **changes).status == 201


@pytest.mark.parametrize("kind", sorted(set(MOVEMENTS) - {"reservation", "release"}))
def test_a_partner_only_reserves_of_shared_stock(house: Item, kind: str) -> None:
    movement = {name: value for name, value in MOVEMENTS[kind].items() if "Location" not in name}
    with nothing_moves(house.tenant):
        if kind in {"receipt", "return", "count", "transfer"}:
            # They name a warehouse of the house, which a partner does not see.
            answer = _posted(house, kind, house.tenant.retailer("R1"))
            refused(answer, 404, "not_found", pointer="#/warehouseLocation")
        else:
            answer = house.post(kind, by=house.tenant.retailer("R1"), **movement)
            refused(answer, 403, "not_permitted")


def test_a_partner_sets_nothing_of_shared_stock(house: Item) -> None:
    partner = house.tenant.retailer("R1")
    with nothing_moves(house.tenant):
        for body in ({"inventoryLevel": 3}, {"reorderThreshold": 3}, {}):
            refused(house.patch({**body, "version": 1}, by=partner), 403, "not_permitted")


@pytest.mark.parametrize("kind", ["sale", "reservation", "shipment"])
def test_a_partner_names_no_other_for_its_own_stock_either(given: Given, kind: str) -> None:
    """What it reserved for another would be that one's to see."""
    item = given.stocked(10, warehouse="WR1", partner="R1")
    given.partner("R2")
    retailer = item.tenant.retailer("R1")
    for other in ("R2", "NOBODY"):
        with nothing_moves(item.tenant):
            refused(_posted(item, kind, retailer, forRetailPartnerId=other), 403, "not_permitted")
    assert _posted(item, kind, retailer, forRetailPartnerId="R1").status == 201


def test_a_partner_releases_its_own_reservations_only(house: Item, given: Given) -> None:
    given.agreement("R2", "S1")
    first, second = house.tenant.retailer("R1"), house.tenant.retailer("R2")
    mine = house.posted("reservation", 2, by=first)["reservationId"]
    ours = house.posted("reservation", 2)["reservationId"]
    with nothing_moves(house.tenant):
        for client, name in ((second, mine), (first, ours), (second, "res_00000000000000000000000000")):
            answer = house.post("release", by=client, reservationId=name)
            refused(answer, 404, "not_found", pointer="#/reservationId")
        refused(house.post("shipment", 1, by=first, reservationId=mine), 403, "not_permitted")
    assert house.post("release", by=first, reservationId=mine).status == 201
    assert house.balances == (10, 2, 0, 8)


def _strangers(tenant: TestTenant, other: TestTenant) -> dict[str, ApiClient]:
    return {
        "another supplier": tenant.supplier("S2"),
        "another partner": tenant.retailer("R2"),
        "another tenant": other.operator,
        "another tenant's supplier": other.supplier("S1"),
        "another tenant's partner": other.retailer("R1"),
    }


def _everything(client: ApiClient, supplier: str, reservation: str) -> list[ApiAnswer]:
    path = f"/v1/inventory/{supplier}/P1"
    answers = [
        client.get(path, request_id="r"),
        client.get(path, request_id="r", if_none_match="*"),
        client.get(path, request_id="r", if_none_match='"1.00000000"'),
        client.get(f"{path}?retailPartnerId=R1", request_id="r"),
        client.patch(path, {"inventoryLevel": 3}, if_match="*", request_id="r"),
        client.patch(path, {"inventoryLevel": 3, "version": 1}, request_id="r"),
        client.patch(path, {"reorderThreshold": 3}, if_match='"7.00000000"', key="k", request_id="r"),
        client.post(path, {"type": "release", "reservationId": reservation}, key="k", request_id="r"),
        client.post(path, {"type": "sale", "quantity": 1}, key="k", request_id="r", if_match='"7.00000000"'),
    ]
    answers += [
        client.post(path, {"type": kind, "reservationId": reservation, **body}, key="k", request_id="r")
        if kind == "release"
        else client.post(path, {"type": kind, **body}, key="k", request_id="r")
        for kind, body in MOVEMENTS.items()
    ]
    return answers


def _without_place(answer: ApiAnswer) -> tuple[int, bytes, dict[str, str]]:
    """Return an answer without the one thing in which two paths must differ: the path, and with it the length."""
    content = answer.content.replace(b"/v1/inventory/NONE/", b"/v1/inventory/S1/")
    told = answer.headers["Content-Length"]
    assert told == str(len(answer.content))
    return answer.status, content, answer.headers | {"Content-Length": str(len(content))}


@pytest.mark.parametrize(
    "who",
    ["another supplier", "another partner", "another tenant", "another tenant's supplier", "another tenant's partner"],
)
def test_what_a_stranger_may_not_see_answers_like_what_is_not_there(
    house: Item, other_tenant: TestTenant, who: str
) -> None:
    client = _strangers(house.tenant, other_tenant)[who]
    client.get("/v1/inventory/S1/P1")  # from now on the caller is known: one lane, one set of headers
    reservation = house.posted("reservation", 1)["reservationId"]
    with nothing_moves(house.tenant), nothing_moves(other_tenant):
        there = [_without_place(answer) for answer in _everything(client, "S1", reservation)]
        absent = [_without_place(answer) for answer in _everything(client, "NONE", reservation)]
        assert there == absent
        assert {status for status, _, _ in there} == {404}


def test_a_partner_without_an_agreement_in_force_sees_nothing(given: Given) -> None:
    item = given.stocked(10)
    given.partner("R1")
    client = given.tenant.retailer("R1")
    for terms in ({"validTo": "2020-01-01"}, {"validFrom": "2999-01-01"}, {"productId": "P2"}):
        if "productId" in terms:
            given.item(product="P2")
        given.agreement("R1", "S1", **terms)
    with nothing_moves(given.tenant):
        refused(item.get(by=client), 404, "not_found")
        refused(item.post("reservation", 1, by=client), 404, "not_found")
        assert client.get("/v1/inventory").json["data"] == []
    given.agreement("R1", "S1", productId="P1")
    assert item.get(by=client).status == 200


def test_a_partner_gets_what_it_may_buy_and_nothing_else(given: Given) -> None:
    item = given.stocked(10, batch="B1", expires="2999-01-01")
    given.stocked(5, batch="GONE", expires="2020-01-01")
    given.agreement()
    item.posted("reservation", 3)
    partner = given.tenant.retailer("R1")
    body = item.get(by=partner).json
    assert body == {
        "supplierId": "S1",
        "productId": "P1",
        "availableQuantity": 7,
        "stockStatus": "inStock",
        "leadTimeDays": None,
        "batchNumber": "B1",
        "expirationDate": "2999-01-01T23:59:59.000000Z",
        "lastUpdated": item.get().json["lastUpdated"],
        "version": 3,
        "batches": [{"batchNumber": "B1", "expirationDate": "2999-01-01T23:59:59.000000Z", "availableQuantity": 7}],
    }
    assert partner.get("/v1/inventory").json["data"] == [body]


def test_a_partners_reservation_tells_it_no_more_than_get(house: Item) -> None:
    partner = house.tenant.retailer("R1")
    answer = house.post("reservation", 4, by=partner, reference="CART")
    assert (answer.status, answer.json["item"]) == (201, house.get(by=partner).json)
    assert set(answer.json) == {"item", "transactions", "reservationId"}
    assert set(answer.json["item"]) == OFFERED
    (booked,) = answer.json["transactions"]
    assert set(booked) == {
        "transactionId",
        "supplierId",
        "productId",
        "type",
        "quantity",
        "reservationId",
        "reference",
        "occurredAt",
        "recordedAt",
    }
    batch = partner.post("/v1/inventory/batch", {"items": [house.entry("reservation", 1)]}, key="b")
    assert batch.status == 200
    assert set(batch.json["results"][0]["item"]) == OFFERED
    too_many = house.post("reservation", 99, by=partner)
    refused(too_many, 409, "insufficient_stock", available=5, requested=99)


def test_a_partner_sees_everything_of_its_own_item(given: Given) -> None:
    item = given.stocked(10, partner="R1", warehouse="RW")
    partner = given.tenant.retailer("R1")
    assert item.get(by=partner).json == item.get().json
    assert item.get(by=partner).json["levels"][0]["warehouseLocation"] == "RW"
    refused(item.get(by=given.tenant.supplier("S1")), 404, "not_found")


def test_a_partners_item_is_the_partners(given: Given) -> None:
    given.partner("R2")
    item = given.stocked(10, partner="R1", warehouse="RW")
    given.warehouse("RW2", partner="R2")
    with nothing_moves(given.tenant):
        for client in (given.tenant.retailer("R2"), given.tenant.supplier("S1")):
            refused(item.get(by=client), 404, "not_found")
            for kind in ("sale", "reservation", "damage"):
                refused(_posted(item, kind, client), 404, "not_found")
        away = item.post(
            "transfer", 1, by=given.tenant.retailer("R1"), warehouseLocation="RW", toWarehouseLocation="RW2"
        )
        refused(away, 404, "not_found", pointer="#/toWarehouseLocation")


def test_a_supplier_reaches_the_tenants_warehouses_and_its_own(house: Item, given: Given) -> None:
    given.warehouse("SW", supplier="S1")
    given.warehouse("TW", supplier="S2")
    given.warehouse("RW", partner="R1")
    supplier = house.tenant.supplier("S1")
    assert house.post("receipt", 1, by=supplier, warehouseLocation="SW").status == 201
    with nothing_moves(house.tenant):
        for place in ("TW", "RW", "NO"):
            answer = house.post("receipt", 1, by=supplier, warehouseLocation=place)
            refused(answer, 404, "not_found", pointer="#/warehouseLocation")


def test_lists_feed_batches_and_ledger_show_strangers_nothing(house: Item, other_tenant: TestTenant) -> None:
    relay()
    for who, client in _strangers(house.tenant, other_tenant).items():
        assert client.get("/v1/inventory").json == {"data": [], "nextPageToken": None}, who
        assert client.get("/v1/inventory?supplierId=S1").json["data"] == [], who
        assert client.get("/v1/inventory/changes").json["data"] == [], who
        batch = client.post("/v1/inventory/batch", {"items": [house.entry("sale", 1)], "mode": "partial"}, key="b")
        assert [result["problem"]["code"] for result in batch.json["results"]] == ["not_found"], who
        if "partner" not in who:
            assert client.get("/v1/inventory/transactions").json["data"] == [], who
            theirs = f"/v1/transactions/{house.ledger[0]['transactionId']}"
            nobodys = "/v1/transactions/txn_00000000000000000000000000"
            seen, absent = (client.get(path, request_id="r") for path in (theirs, nobodys))
            assert seen.content.replace(theirs.encode(), nobodys.encode()) == absent.content, who
            answer = client.post("/v1/inventory/transactions", house.entry("sale", 1), key="t")
            refused(answer, 404, "not_found")
    assert house.balances == (10, 0, 0, 10)


def test_each_party_sees_its_own_of_a_list(given: Given) -> None:
    given.stocked(1, supplier="S1", product="P1")
    given.stocked(1, supplier="S2", product="P1")
    given.stocked(1, supplier="S2", product="P2")
    given.stocked(1, supplier="S1", product="P1", partner="R1", warehouse="RW")
    given.agreement("R1", "S2", productId="P2")
    relay()
    house = [("S1", "P1", None), ("S1", "P1", "R1"), ("S2", "P1", None), ("S2", "P2", None)]
    seen = {
        given.tenant.operator: house,
        given.tenant.supplier("S1"): house[:1],
        given.tenant.supplier("S2"): house[2:],
        given.tenant.retailer("R1"): [house[1], house[3]],
    }
    for client, rows in seen.items():
        listed = client.get("/v1/inventory").json["data"]
        told = [event["data"] for event in client.get("/v1/inventory/changes").json["data"]]
        for found in (
            listed,
            sorted(told, key=lambda row: (row["supplierId"], row["productId"], row.get("retailPartnerId") or "")),
        ):
            assert [(row["supplierId"], row["productId"], row.get("retailPartnerId")) for row in found] == rows
    for row in given.tenant.retailer("R1").get("/v1/inventory/changes").json["data"]:
        if row["data"]["supplierId"] == "S2":
            assert set(row["data"]) == OFFERED
