from typing import Any

import pytest

from apps.outbox.unit_of_work import as_tenant
from apps.products.models import Product
from tests.factories.master_data import make_product, make_product_group, make_supplier
from tests.support.api import TestTenant
from tests.support.resource_rules import ResourceRules

_GTIN_13 = "4012345000009"
_GTIN_14 = "04012345000009"


class TestProductRules(ResourceRules):
    __test__ = True
    path = "/v1/products"
    code_member = "productId"
    prefix = "prd"
    required = "sku"

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"productId": code, "sku": f"SKU {number}", "name": "Hot sauce"}


def test_everything_that_was_said_is_kept(tenant: TestTenant) -> None:
    make_product_group(tenant, "SAUCES", "heat")
    body = {
        "productId": "HOTSAUCE789",
        "sku": 'HS/789 ä, "red"',
        "name": "Hot sauce",
        "description": "Medium\nhot",
        "gtin": _GTIN_13,
        "unitOfMeasure": "CS",
        "groupId": "SAUCES",
        "images": [
            {"url": "https://images.example.com/1.jpg", "alt": "From the front", "position": 1},
            {"url": "https://images.example.com/2.jpg", "alt": None, "position": None},
        ],
        "storageConditions": {
            "temperatureMinimum": "-18.5",
            "temperatureMaximum": "-12",
            "humidityMaximum": 60,
            "hazardClass": "2.1",
            "notes": "Upright",
        },
        "status": "active",
        "attributes": {"heat": "medium"},
    }
    created = tenant.operator.post("/v1/products", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "gtin": _GTIN_14, "supplierId": None, "version": 1, **moments}


def test_defaults(tenant: TestTenant) -> None:
    created = make_product(tenant, "P1")
    assert (created["unitOfMeasure"], created["images"], created["attributes"]) == ("EA", [], {})
    assert created["storageConditions"] is None
    assert (created["gtin"], created["description"], created["groupId"]) == (None, None, None)


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"sku": ""}, "#/sku"),
        ({"sku": "x" * 65}, "#/sku"),
        ({"sku": "a\tb"}, "#/sku"),
        ({"sku": "a\n"}, "#/sku"),
        ({"sku": 5}, "#/sku"),
        ({"gtin": "4012345000008"}, "#/gtin"),
        ({"gtin": "123"}, "#/gtin"),
        ({"gtin": 4012345000009}, "#/gtin"),
        ({"unitOfMeasure": "each"}, "#/unitOfMeasure"),
        ({"unitOfMeasure": None}, "#/unitOfMeasure"),
        ({"groupId": "a b"}, "#/groupId"),
        ({"images": [{"url": "javascript:alert(1)"}]}, "#/images/0/url"),
        ({"images": [{"url": "http://images.example.com/1.jpg"}]}, "#/images/0/url"),
        ({"images": [{"url": "https://"}]}, "#/images/0/url"),
        ({"images": [{"alt": "A bottle"}]}, "#/images/0/url"),
        ({"images": ["https://images.example.com/1.jpg"]}, "#/images/0"),
        ({"images": "https://images.example.com"}, "#/images"),
        ({"images": [{"url": "https://images.example.com/"}] * 51}, "#/images"),
        ({"images": [{"url": "https://i.example/", "position": 0}]}, "#/images/0/position"),
        ({"images": [{"url": "https://i.example/", "position": 1}] * 2}, "#/images/1/position"),
        ({"images": [{"url": "https://i.example/", "alt": "x" * 256}]}, "#/images/0/alt"),
        ({"storageConditions": {"temperatureMinimum": 4}}, "#/storageConditions/temperatureMinimum"),
        ({"storageConditions": {"temperatureMinimum": "4,5"}}, "#/storageConditions/temperatureMinimum"),
        (
            {"storageConditions": {"temperatureMinimum": "10", "temperatureMaximum": "9.99"}},
            "#/storageConditions/temperatureMaximum",
        ),
        ({"storageConditions": {"humidityMaximum": 101}}, "#/storageConditions/humidityMaximum"),
        ({"storageConditions": {"hazardClass": "10"}}, "#/storageConditions/hazardClass"),
        ({"storageConditions": {"colour": "red"}}, "#/storageConditions/colour"),
        ({"description": "x" * 4001}, "#/description"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    before = make_product(tenant, "P1")
    whole = {"sku": "2", "name": "A", **members}
    for refused in (
        tenant.operator.post("/v1/products", whole),
        tenant.operator.put("/v1/products/P1", {**whole, "version": 1}),
        tenant.operator.patch("/v1/products/P1", {**members, "version": 1}),
    ):
        assert refused.status == 400
        assert refused.json["errors"][0]["pointer"].replace("*", "0") == pointer
    assert tenant.operator.get("/v1/products").json["data"] == [before]


@pytest.mark.parametrize(("member", "value"), [("sku", "THE-SKU"), ("gtin", _GTIN_13)])
def test_sku_and_gtin_are_unique_in_the_tenant(
    tenant: TestTenant, other_tenant: TestTenant, member: str, value: str
) -> None:
    make_product(tenant, "P1", **{member: value})
    make_product(other_tenant, "P1", **{member: value})
    two = make_product(tenant, "P2")
    whole = {"sku": "P3", "name": "A", member: value}
    for refused in (
        tenant.operator.post("/v1/products", whole),
        tenant.operator.patch("/v1/products/P2", {member: value, "version": 1}),
        tenant.operator.put("/v1/products/P2", {**whole, "version": 1}),
        tenant.operator.put("/v1/products/P3", whole, if_none_match="*"),
    ):
        assert (refused.status, refused.json["code"]) == (409, "already_exists")
        assert refused.json["errors"][0]["pointer"] == f"#/{member}"
    assert tenant.operator.get("/v1/products/P2").json == two
    assert len(tenant.operator.get("/v1/products").json["data"]) == 2


def test_a_gtin_is_the_same_in_every_length(tenant: TestTenant) -> None:
    make_product(tenant, "P1", gtin=_GTIN_14)
    assert tenant.operator.post("/v1/products", {"sku": "2", "name": "A", "gtin": _GTIN_13}).status == 409
    for spelling in (_GTIN_13, _GTIN_14):
        found = tenant.operator.get(f"/v1/products?gtin={spelling}").json["data"]
        assert [row["productId"] for row in found] == ["P1"]


def test_they_are_found_by_sku_supplier_and_moment(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    make_product(tenant, "P1")
    second = tenant.supplier("S1").post("/v1/products", {"productId": "P2", "sku": "two", "name": "A"}).json
    moment = second["updatedAt"]
    for query in ("sku=two", "sku=two,three", "supplierId=S1", f"updatedAt.gte={moment}", f"createdAt.gte={moment}"):
        found = tenant.operator.get(f"/v1/products?{query}").json["data"]
        assert [row["productId"] for row in found] == ["P2"], query
    before = tenant.operator.get(f"/v1/products?updatedAt.lt={moment}").json["data"]
    assert [row["productId"] for row in before] == ["P1"]


def test_put_creates_where_there_is_none(tenant: TestTenant) -> None:
    body = {"sku": "1", "name": "A"}
    created = tenant.operator.put("/v1/products/P1", body, if_none_match="*")
    assert (created.status, created.headers["Location"], created.json["version"]) == (201, "/v1/products/P1", 1)
    again = tenant.operator.put("/v1/products/P1", {**body, "name": "B"}, if_none_match="*")
    assert (again.status, again.json["code"]) == (412, "already_exists")
    assert tenant.operator.get("/v1/products/P1").json == created.json


def test_put_replaces_everything(tenant: TestTenant) -> None:
    make_product(
        tenant, "P1", gtin=_GTIN_13, description="long", attributes={"a": "1"}, images=[{"url": "https://i.example/"}]
    )
    tag = tenant.operator.get("/v1/products/P1").headers["ETag"]
    replaced = tenant.operator.put(
        "/v1/products/P1", {"sku": "new", "name": "B", "attributes": {"b": "2"}}, if_match=tag
    )
    assert (replaced.status, replaced.json["version"], replaced.json["attributes"]) == (200, 2, {"b": "2"})
    assert (replaced.json["gtin"], replaced.json["description"], replaced.json["images"]) == (None, None, [])
    assert tenant.operator.get("/v1/products/P1").json == replaced.json


def test_put_needs_a_condition(tenant: TestTenant) -> None:
    one = make_product(tenant, "P1")
    body = {"sku": "2", "name": "B"}
    assert tenant.operator.put("/v1/products/P1", body).status == 428
    assert tenant.operator.put("/v1/products/P1", body, if_match='"9.00000000"').status == 412
    assert tenant.operator.put("/v1/products/P1", {**body, "version": 9}).status == 409
    assert tenant.operator.put("/v1/products/P2", body).status == 428
    assert tenant.operator.put("/v1/products/P2", body, if_match="*").status == 404
    assert tenant.operator.put("/v1/products/P2", {**body, "version": 1}).status == 404
    assert tenant.operator.get("/v1/products").json["data"] == [one]


def test_put_never_revives_a_deleted_code(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    tenant.operator.delete("/v1/products/P1?version=1")
    refused = tenant.operator.put("/v1/products/P1", {"sku": "2", "name": "B"}, if_none_match="*")
    assert (refused.status, refused.json["code"]) == (409, "already_exists")
    assert tenant.operator.get("/v1/products").json["data"] == []


def test_put_checks_the_code_in_the_path(tenant: TestTenant) -> None:
    body = {"sku": "1", "name": "A"}
    refused = tenant.operator.put("/v1/products/a%20b", body, if_none_match="*")
    assert (refused.status, refused.json["errors"][0]["parameter"]) == (400, "productId")
    refused = tenant.operator.put("/v1/products/P1", {**body, "productId": "P2"}, if_none_match="*")
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/productId")
    assert tenant.operator.put("/v1/products/P1", {**body, "productId": "P1"}, if_none_match="*").status == 201


def test_put_with_a_key_is_done_once(tenant: TestTenant) -> None:
    body = {"sku": "1", "name": "A"}
    first = tenant.operator.put("/v1/products/P1", body, if_none_match="*", key="k")
    second = tenant.operator.put("/v1/products/P1", body, if_none_match="*", key="k")
    assert (second.status, second.content, second.headers["Idempotent-Replayed"]) == (201, first.content, "true")


def test_pictures_stand_in_the_order_of_their_positions(tenant: TestTenant) -> None:
    sent = [("a", None), ("b", 7), ("c", None), ("d", 2)]
    images = [{"url": f"https://i.example/{name}", "position": position} for name, position in sent]
    created = make_product(tenant, "P1", images=images)
    assert [image["url"][-1] for image in created["images"]] == ["d", "b", "a", "c"]
    changed = tenant.operator.patch("/v1/products/P1", {"images": images[:2], "version": 1})
    assert [image["url"][-1] for image in changed.json["images"]] == ["b", "a"]


def test_an_address_from_before_pictures_had_words_is_one(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    with as_tenant(tenant.id):
        Product.objects.filter(pk="P1").update(images=["http://i.example/1.jpg"])
    got = tenant.operator.get("/v1/products/P1").json
    assert got["images"] == [{"url": "http://i.example/1.jpg", "alt": None, "position": None}]
    changed = tenant.operator.patch("/v1/products/P1", {"name": "B", "version": 1})
    assert (changed.status, changed.json["images"]) == (200, got["images"])


def test_storage_conditions_merge_and_null_removes_one(tenant: TestTenant) -> None:
    cold = {"temperatureMinimum": "2", "temperatureMaximum": "8", "hazardClass": "3"}
    make_product(tenant, "P1", storageConditions=cold)
    merged = tenant.operator.patch(
        "/v1/products/P1", {"storageConditions": {"temperatureMaximum": "6.5", "hazardClass": None}, "version": 1}
    )
    told = {"temperatureMinimum": "2", "temperatureMaximum": "6.5", "humidityMaximum": None, "hazardClass": None}
    assert merged.json["storageConditions"] == {**told, "notes": None}
    wrong = tenant.operator.patch("/v1/products/P1", {"storageConditions": {"temperatureMaximum": "-1"}, "version": 2})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (400, "#/storageConditions/temperatureMaximum")
    stale = tenant.operator.patch("/v1/products/P1", {"storageConditions": {"temperatureMaximum": "-1"}, "version": 1})
    assert (stale.status, stale.json["code"]) == (409, "version_conflict")
    gone = tenant.operator.patch("/v1/products/P1", {"storageConditions": None, "version": 2})
    assert gone.json["storageConditions"] is None
