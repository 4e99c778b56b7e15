"""SKU mappings: what a party calls a product in its own books, and that it may call it so everywhere."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.outbox.connections import round_trip_observers
from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_price,
    make_product,
    make_retail_partner,
    make_sku_mapping,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.resource_rules import ResourceRules
from tests.support.stock import Given, fresh_key, nothing_moves, refused


class TestSkuMappingRules(ResourceRules):
    __test__ = True
    path = "/v1/skuMappings"
    code_member = "skuMappingId"
    prefix = "skm"
    required = "partnerSku"

    def prepare(self, tenant: TestTenant) -> None:
        make_supplier(tenant, "S1")
        make_product(tenant, "P1")

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"skuMappingId": code, "supplierId": "S1", "partnerSku": f"own {number}", "productId": "P1"}


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with stock of P1, a second product, two suppliers and two partners with agreements."""
    given = Given(tenant)
    given.stocked(100)
    make_supplier(tenant, "S2")
    make_product(tenant, "P2")
    make_packaging(tenant, "P1", "CS", 12)
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
        make_agreement(tenant, code, "S1")
    return tenant


def _post(tenant: TestTenant, *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    return (by or tenant.operator).post("/v1/skuMappings", {"partnerSku": "A-1", "productId": "P1", **members})


def _codes(client: ApiClient, query: str = "") -> list[str]:
    return [row["skuMappingId"] for row in client.get(f"/v1/skuMappings{query}").json["data"]]


def test_everything_that_was_said_is_kept(shop: TestTenant) -> None:
    body = {
        "skuMappingId": "MAP1",
        "supplierId": "S1",
        "retailPartnerId": None,
        "partnerSku": 'Rot/12 ä, "x"',
        "productId": "P1",
        "unitOfMeasure": "CS",
        "status": "active",
        "attributes": {"system": "erp"},
    }
    created = shop.operator.post("/v1/skuMappings", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}


@pytest.mark.parametrize(
    ("members", "status", "pointers"),
    [
        ({}, 400, ["#/supplierId", "#/retailPartnerId"]),
        ({"supplierId": "S1", "retailPartnerId": "R1"}, 400, ["#/supplierId", "#/retailPartnerId"]),
        ({"supplierId": "S9"}, 404, ["#/supplierId"]),
        ({"retailPartnerId": "R9"}, 404, ["#/retailPartnerId"]),
        ({"supplierId": "S1", "productId": "P9"}, 404, ["#/productId"]),
        ({"supplierId": "S1", "productId": "sku:A-1"}, 400, ["#/productId"]),
        ({"supplierId": "S1", "unitOfMeasure": "PX"}, 400, ["#/unitOfMeasure"]),
        ({"supplierId": "S1", "partnerSku": ""}, 400, ["#/partnerSku"]),
        ({"supplierId": "S1", "partnerSku": "a\tb"}, 400, ["#/partnerSku"]),
        ({"supplierId": "S1", "partnerSku": "x" * 65}, 400, ["#/partnerSku"]),
        ({"supplierId": "S1", "skuMappingId": "parked"}, 400, ["#/skuMappingId"]),
    ],
)
def test_what_cannot_be(shop: TestTenant, members: dict[str, Any], status: int, pointers: list[str]) -> None:
    refused = _post(shop, **members)
    assert (refused.status, [error["pointer"] for error in refused.json["errors"]]) == (status, pointers)
    assert _codes(shop.operator) == []


def test_a_code_is_unique_of_its_party(shop: TestTenant) -> None:
    parties: tuple[dict[str, Any], ...] = (
        {"supplierId": "S1"},
        {"supplierId": "S2"},
        {"retailPartnerId": "R1"},
        {"retailPartnerId": "R2"},
    )
    for party in parties:
        assert _post(shop, **party).status == 201
        again = _post(shop, **party, productId="P2")
        assert (again.status, again.json["code"], again.json["value"]) == (409, "already_exists", "A-1")
        assert again.json["errors"][0]["pointer"] == "#/partnerSku"
    assert len(_codes(shop.operator)) == 4


def test_another_product_may_be_meant_from_now_on(shop: TestTenant) -> None:
    make_sku_mapping(shop, "A-1", "P1", supplierId="S1", skuMappingId="M", unitOfMeasure="CS")
    moved = shop.operator.patch("/v1/skuMappings/M", {"productId": "P2", "version": 1})
    assert (moved.json["productId"], moved.json["unitOfMeasure"]) == ("P2", None)
    back = shop.operator.patch("/v1/skuMappings/M", {"productId": "P1", "unitOfMeasure": "CS", "version": 2})
    assert (back.json["productId"], back.json["unitOfMeasure"]) == ("P1", "CS")
    assert (
        shop.operator.patch("/v1/skuMappings/M", {"productId": "P2", "unitOfMeasure": "CS", "version": 3}).status == 400
    )
    assert shop.operator.patch("/v1/skuMappings/M", {"partnerSku": "B", "version": 3}).json["code"] == "unknown_field"


def test_who_maps_and_who_sees(shop: TestTenant) -> None:
    supplier, other, partner = shop.supplier("S1"), shop.supplier("S2"), shop.retailer("R1")
    assert _post(shop, by=supplier, supplierId="S1", skuMappingId="S").status == 201
    assert _post(shop, by=supplier, supplierId="S2").status == 404
    assert _post(shop, by=supplier, retailPartnerId="R1").json["code"] == "not_permitted"
    assert _post(shop, by=partner, retailPartnerId="R1").json["code"] == "insufficient_scope"
    make_sku_mapping(shop, "A-1", "P1", retailPartnerId="R1", skuMappingId="R")
    assert _codes(shop.operator) == ["R", "S"]
    assert (_codes(supplier), _codes(other), _codes(partner)) == (["S"], [], ["R"])
    assert other.get("/v1/skuMappings/S").status == partner.get("/v1/skuMappings/S").status == 404
    assert other.delete("/v1/skuMappings/S?version=1").status == 404
    assert supplier.delete("/v1/skuMappings/S?version=1").status == 204


class TestOwnCodes:
    @pytest.fixture
    def mapped(self, shop: TestTenant) -> TestTenant:
        """Return the shop with a code of S1 for a case of P1 and one for a bottle, and a code of R1."""
        make_sku_mapping(shop, "CASE/12", "P1", supplierId="S1", unitOfMeasure="CS")
        make_sku_mapping(shop, "BOTTLE", "P1", supplierId="S1")
        make_sku_mapping(shop, "4711", "P1", retailPartnerId="R1")
        return shop

    def _level(self, shop: TestTenant) -> int:
        return int(shop.operator.get("/v1/inventory/S1/P1").json["inventoryLevel"])

    def test_in_paths(self, mapped: TestTenant) -> None:
        supplier, partner = mapped.supplier("S1"), mapped.retailer("R1")
        plain = supplier.get("/v1/products/P1")
        own = supplier.get("/v1/products/sku:BOTTLE")
        assert (own.status, own.content, own.headers["ETag"]) == (200, plain.content, plain.headers["ETag"])
        assert supplier.get("/v1/inventory/S1/sku%3ABOTTLE").json == supplier.get("/v1/inventory/S1/P1").json
        assert partner.get("/v1/inventory/S1/sku:4711").json["productId"] == "P1"
        make_price(mapped, "P1")
        assert partner.get("/v1/products/sku:4711/effectivePrice?currencyCode=USD").json["productId"] == "P1"
        assert partner.get("/v1/products/sku:4711/packaging").json["data"][0]["unitOfMeasure"] == "CS"

    def test_in_bodies(self, mapped: TestTenant) -> None:
        supplier, partner = mapped.supplier("S1"), mapped.retailer("R1")
        sale = {"type": "sale", "supplierId": "S1", "productId": "sku:BOTTLE", "quantity": 1}
        posted = supplier.post("/v1/inventory/transactions", sale, key=fresh_key())
        assert (posted.status, posted.json["item"]["productId"], posted.json["item"]["inventoryLevel"]) == (
            201,
            "P1",
            99,
        )
        listed = supplier.post("/v1/inventory/batch", {"items": [sale, {**sale, "productId": "P1"}]}, key=fresh_key())
        assert (listed.status, self._level(mapped)) == (200, 97)
        line = {"supplierId": "S1", "productId": "sku:4711", "quantity": 2}
        held = partner.post("/v1/reservations", {"items": [line]}, key=fresh_key())
        assert (held.status, held.json["items"][0]["productId"]) == (201, "P1")
        hook = {"url": "https://shop.example.com/", "eventTypes": ["inventory.updated"]}
        made = partner.post("/v1/webhooks", {**hook, "filters": {"productId": ["sku:4711", "P2"]}})
        assert (made.status, made.json["filters"]["productId"]) == (201, ["P1", "P2"])

    def test_in_filters_and_their_pages(self, mapped: TestTenant) -> None:
        supplier = mapped.supplier("S1")
        for product in ("P1", "P2"):
            make_price(mapped, product)
            make_price(mapped, product, channel="online")
        found = supplier.get("/v1/prices?productId=sku:BOTTLE,P2&pageSize=3")
        assert [row["productId"] for row in found.json["data"]].count("P1") in {1, 2}
        rest = supplier.get(found.headers["Link"].partition("<")[2].partition(">")[0])
        assert (rest.status, len(rest.json["data"])) == (200, 1)
        assert len(supplier.get("/v1/prices?productId=sku:BOTTLE").json["data"]) == 2
        assert supplier.get("/v1/prices?productId=sku:NOTHING").json["data"] == []

    def test_a_code_of_a_case_counts_cases_unless_the_line_names_a_unit(self, mapped: TestTenant) -> None:
        supplier = mapped.supplier("S1")
        sale = {"type": "sale", "quantity": 1, "supplierId": "S1", "productId": "sku:CASE/12"}
        assert supplier.post("/v1/inventory/transactions", sale, key=fresh_key()).status == 201
        assert self._level(mapped) == 88
        bottles = {**sale, "unitOfMeasure": "EA"}
        assert supplier.post("/v1/inventory/transactions", bottles, key=fresh_key()).status == 201
        assert self._level(mapped) == 87
        make_sku_mapping(mapped, "CASE", "P1", supplierId="S1", unitOfMeasure="CS")
        body = {"type": "sale", "quantity": 2}
        assert supplier.post("/v1/inventory/S1/sku:CASE", body, key=fresh_key()).status == 201
        assert self._level(mapped) == 63

    def test_what_is_counted_in_base_units_is_not_named_by_the_code_of_a_case(self, mapped: TestTenant) -> None:
        """Five would be written down for five cases."""
        make_sku_mapping(mapped, "CASE", "P1", supplierId="S1", unitOfMeasure="CS")
        supplier = mapped.supplier("S1")
        count = supplier.post("/v1/counts", {"warehouseLocation": "W1"}).json["countId"]
        line = {"supplierId": "S1", "productId": "sku:CASE", "quantity": 5}
        with nothing_moves(mapped):
            answer = supplier.post(f"/v1/counts/{count}/lines", {"lines": [line]}, key=fresh_key())
            refused(answer, 400, "validation_error", pointer="#/lines/0/quantity")
            answer = supplier.patch("/v1/inventory/S1/sku:CASE", {"inventoryLevel": 5}, "*")
            refused(answer, 400, "validation_error", pointer="#/inventoryLevel")
        line["productId"] = "sku:BOTTLE"
        assert supplier.post(f"/v1/counts/{count}/lines", {"lines": [line]}, key=fresh_key()).status == 200
        assert supplier.patch("/v1/inventory/S1/sku:BOTTLE", {"inventoryLevel": 5}, "*").status == 200
        assert self._level(mapped) == 5

    def test_a_rule_under_the_code_of_a_case_is_about_cases(self, mapped: TestTenant) -> None:
        rule = {"supplierId": "S1", "productId": "sku:CASE/12", "minimumQuantity": 2}
        made = mapped.supplier("S1").post("/v1/orderRules", rule)
        assert (made.status, made.json["productId"], made.json["unitOfMeasure"]) == (201, "P1", "CS")

    def test_the_price_under_the_code_of_a_case_is_a_case_s(self, mapped: TestTenant) -> None:
        make_sku_mapping(mapped, "CASE", "P1", retailPartnerId="R1", unitOfMeasure="CS")
        make_price(mapped, "P1", "1.00")
        make_price(mapped, "P1", "10.00", unitOfMeasure="CS")
        ask = "/v1/products/{}/effectivePrice?currencyCode=USD".format
        partner = mapped.retailer("R1")
        prices = [partner.get(path).json["price"]["amount"] for path in (ask("sku:CASE"), ask("sku:4711"))]
        assert prices == ["10.00", "1.00"]
        assert partner.get(f"{ask('sku:CASE')}&unitOfMeasure=EA").json["price"]["amount"] == "1.00"

    @pytest.mark.parametrize("spelling", ["sku:BOTTLE", "s\\u006bu:BOTTLE", "sku\\u003aBOTTLE"])
    def test_however_the_mark_is_spelled(self, mapped: TestTenant, spelling: str) -> None:
        raw = f'{{"type": "sale", "supplierId": "S1", "productId": "{spelling}", "quantity": 1}}'
        posted = mapped.supplier("S1").post("/v1/inventory/transactions", raw.encode(), key=fresh_key())
        assert (posted.status, self._level(mapped)) == (201, 99)

    def test_a_code_is_its_partys_alone(self, mapped: TestTenant) -> None:
        for client in (mapped.operator, mapped.supplier("S2"), mapped.retailer("R1"), mapped.retailer("R2")):
            theirs, none = (client.get(f"/v1/products/sku:{code}", request_id="r") for code in ("BOTTLE", "NOBODY"))
            assert (theirs.status, theirs.content) == (404, none.content.replace(b"NOBODY", b"BOTTLE"))

    def test_an_archived_or_deleted_code_stands_for_nothing(self, mapped: TestTenant) -> None:
        make_sku_mapping(mapped, "OLD", "P1", supplierId="S1", skuMappingId="OLD")
        supplier = mapped.supplier("S1")
        assert supplier.get("/v1/products/sku:OLD").status == 200
        assert mapped.operator.patch("/v1/skuMappings/OLD", {"status": "archived", "version": 1}).status == 200
        assert supplier.get("/v1/products/sku:OLD").status == 404
        assert mapped.operator.delete("/v1/skuMappings/OLD?version=2").status == 204
        assert supplier.get("/v1/products/sku:OLD").status == 404

    def test_a_repeated_request_is_the_same_whatever_its_code_stands_for_by_now(self, mapped: TestTenant) -> None:
        make_sku_mapping(mapped, "MOVES", "P1", supplierId="S1", skuMappingId="MOVES")
        supplier, body = mapped.supplier("S1"), {"type": "sale", "quantity": 1}
        first = supplier.post("/v1/inventory/S1/sku:MOVES", body, key="once")
        for change in ({"productId": "P2", "version": 1}, {"status": "archived", "version": 2}):
            assert mapped.operator.patch("/v1/skuMappings/MOVES", change).status == 200
            again = supplier.post("/v1/inventory/S1/sku:MOVES", body, key="once")
            assert (again.status, again.content, again.headers["Idempotent-Replayed"]) == (201, first.content, "true")
        named = supplier.post("/v1/inventory/S1/P1", body, key="once")
        assert (named.status, named.json["code"]) == (422, "idempotency_key_reused")
        assert self._level(mapped) == 99

    def test_only_a_request_that_names_one_pays_for_it(self, mapped: TestTenant) -> None:
        supplier = mapped.supplier("S1")
        flushes: list[str] = []
        supplier.get("/v1/inventory/S1/P1")  # the caller is known from now on
        round_trip_observers.append(flushes.append)
        try:
            costs = []
            for product in ("P1", "sku:BOTTLE"):
                with CaptureQueriesContext(connection) as captured:
                    assert supplier.get(f"/v1/inventory/S1/{product}").status == 200
                costs.append(len(captured))
        finally:
            round_trip_observers.remove(flushes.append)
        assert (costs, len(flushes)) == ([0, 4], 2)
