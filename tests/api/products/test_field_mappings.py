"""Field mappings: what a party calls the members of our documents, and how one looks under its names."""

from typing import Any

import pytest

from tests.factories.master_data import make_field_mapping, make_product, make_retail_partner, make_supplier
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.resource_rules import ResourceRules


class TestFieldMappingRules(ResourceRules):
    __test__ = True
    path = "/v1/fieldMappings"
    code_member = "fieldMappingId"
    prefix = "fmp"
    required = "resource"

    def prepare(self, tenant: TestTenant) -> None:
        for number in (*range(5), *range(100, 103)):
            make_supplier(tenant, f"S{number}")

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"fieldMappingId": code, "supplierId": f"S{number}", "resource": "product"}


@pytest.fixture
def shop(tenant: TestTenant) -> TestTenant:
    """Return a tenant with two suppliers and a partner."""
    for code in ("S1", "S2"):
        make_supplier(tenant, code)
    make_retail_partner(tenant, "R1")
    return tenant


def _post(tenant: TestTenant, *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    return (by or tenant.operator).post("/v1/fieldMappings", {"resource": "product", **members})


def _codes(client: ApiClient) -> list[str]:
    return [row["fieldMappingId"] for row in client.get("/v1/fieldMappings").json["data"]]


def test_a_document_under_a_partys_names(shop: TestTenant) -> None:
    fields, attributes = {"productId": "article", "name": "title"}, {"heat": "spiciness"}
    made = _post(shop, fieldMappingId="F", retailPartnerId="R1", fields=fields, attributeFields=attributes)
    assert (made.json["fields"], made.json["attributeFields"]) == (fields, attributes)
    product = make_product(shop, "P1", attributes={"heat": "mild", "origin": "MX"}) | {"z": 1e20, "a": [1.0, None]}
    seen = shop.operator.post("/v1/fieldMappings/F/preview", {"document": product}, key="once")
    renamed = {name: value for name, value in product.items() if name not in {"productId", "name", "attributes"}}
    expected = {**renamed, "article": "P1", "title": "Product P1", "attributes": {"origin": "MX"}, "spiciness": "mild"}
    assert (seen.status, seen.json) == (200, {"document": expected})
    changed = shop.operator.patch("/v1/fieldMappings/F", {"fields": {"name": None, "sku": "number"}, "version": 1})
    assert changed.json["fields"] == {"productId": "article", "sku": "number"}
    again = shop.operator.post("/v1/fieldMappings/F/preview", {"document": product}, key="once")
    assert (again.content, again.headers["Idempotent-Replayed"]) == (seen.content, "true")


@pytest.mark.parametrize(
    ("members", "status", "pointer"),
    [
        ({}, 400, "#/supplierId"),
        ({"supplierId": "S1", "retailPartnerId": "R1"}, 400, "#/supplierId"),
        ({"supplierId": "S9"}, 404, "#/supplierId"),
        ({"retailPartnerId": "R9"}, 404, "#/retailPartnerId"),
        ({"supplierId": "S1", "resource": "order"}, 400, "#/resource"),
        ({"supplierId": "S1", "fields": {"colour": "x"}}, 400, "#/fields/colour"),
        ({"supplierId": "S1", "fields": {"name": "sku"}}, 400, "#/fields/name"),
        ({"supplierId": "S1", "attributeFields": {"heat": "sku"}}, 400, "#/attributeFields/heat"),
        ({"supplierId": "S1", "fields": {"name": ""}}, 400, "#/fields/*"),
    ],
)
def test_what_cannot_be(shop: TestTenant, members: dict[str, Any], status: int, pointer: str) -> None:
    refused = _post(shop, **members)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (status, pointer)
    assert _codes(shop.operator) == []


def test_a_change_may_not_make_two_members_bear_one_name(shop: TestTenant) -> None:
    make_field_mapping(shop, "inventory", supplierId="S1", fieldMappingId="F", fields={"productId": "article"})
    refused = shop.operator.patch("/v1/fieldMappings/F", {"attributeFields": {"shelf": "article"}, "version": 1})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/attributeFields/shelf")
    assert shop.operator.get("/v1/fieldMappings/F").json["version"] == 1


def test_changes_add_up_to_no_more_names_than_fit(shop: TestTenant) -> None:
    make_field_mapping(shop, "product", supplierId="S1", fieldMappingId="F", attributeFields={"heat": "spiciness"})
    more = {f"a{number}": f"b{number}" for number in range(99)}
    full = shop.operator.patch("/v1/fieldMappings/F", {"attributeFields": more, "version": 1})
    assert (full.status, len(full.json["attributeFields"])) == (200, 100)
    refused = shop.operator.patch("/v1/fieldMappings/F", {"attributeFields": {"salt": "saltiness"}, "version": 2})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/attributeFields")
    instead = {"heat": None, "salt": "saltiness"}
    assert shop.operator.patch("/v1/fieldMappings/F", {"attributeFields": instead, "version": 2}).status == 200


def test_there_is_one_of_each_party_and_resource(shop: TestTenant) -> None:
    parties: tuple[dict[str, Any], ...] = ({"supplierId": "S1"}, {"supplierId": "S2"}, {"retailPartnerId": "R1"})
    for members in parties:
        for resource in ("product", "inventory"):
            assert _post(shop, **{**members, "resource": resource}).status == 201
            again = _post(shop, **{**members, "resource": resource})
            assert (again.status, again.json["code"]) == (409, "already_exists")


def test_who_maps_and_who_sees(shop: TestTenant) -> None:
    supplier, other, partner = shop.supplier("S1"), shop.supplier("S2"), shop.retailer("R1")
    assert _post(shop, by=supplier, supplierId="S1", fieldMappingId="S").status == 201
    assert _post(shop, by=supplier, supplierId="S2").status == 404
    assert _post(shop, by=supplier, retailPartnerId="R1").json["code"] == "not_permitted"
    make_field_mapping(shop, "product", retailPartnerId="R1", fieldMappingId="R")
    assert (_codes(shop.operator), _codes(supplier), _codes(other), _codes(partner)) == (["R", "S"], ["S"], [], ["R"])
    body: dict[str, Any] = {"document": {}}
    assert supplier.post("/v1/fieldMappings/S/preview", body).status == 200
    assert other.post("/v1/fieldMappings/S/preview", body).status == 404
    assert other.patch("/v1/fieldMappings/S", {"fields": {}, "version": 1}).status == 404
    assert supplier.delete("/v1/fieldMappings/S?version=1").status == 204
