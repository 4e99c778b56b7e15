"""Units of a product beside its base unit: created, listed and deleted, never changed."""

from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import (
    make_agreement,
    make_order_rule,
    make_price,
    make_product,
    make_retail_partner,
    make_sku_mapping,
    make_supplier,
)
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import nothing_moves, refused

_PATH = "/v1/products/P1/packaging"
_GTIN_13 = "4012345000009"
_GTIN_14 = "04012345000009"


def _add(tenant: TestTenant, unit: str = "CS", *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    return (by or tenant.operator).post(_PATH, {"unitOfMeasure": unit, "numerator": 12, **members})


def _units(client: ApiClient, query: str = "") -> list[str]:
    return [row["unitOfMeasure"] for row in client.get(f"{_PATH}{query}").json["data"]]


def test_it_lives_from_creation_to_deletion(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    created = _add(tenant, gtin=_GTIN_13)
    assert (created.status, created.headers["Location"]) == (201, f"{_PATH}/CS")
    assert created.json == {
        "productId": "P1",
        "unitOfMeasure": "CS",
        "numerator": 12,
        "denominator": 1,
        "gtin": _GTIN_14,
        "version": 1,
        "createdAt": created.json["createdAt"],
    }
    got = tenant.operator.get(f"{_PATH}/CS")
    assert (got.status, got.json, got.headers["ETag"]) == (200, created.json, created.headers["ETag"])
    assert tenant.operator.get(f"{_PATH}/CS", if_none_match=got.headers["ETag"]).status == 304
    assert tenant.operator.get(_PATH).json == {"data": [created.json], "nextPageToken": None}
    assert tenant.operator.delete(f"{_PATH}/CS", if_match=got.headers["ETag"]).status == 204
    for gone in (tenant.operator.get(f"{_PATH}/CS"), tenant.operator.delete(f"{_PATH}/CS?version=1")):
        refused(gone, 404, "not_found")
    assert _units(tenant.operator) == []


def test_it_never_changes(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant)
    for method in ("PATCH", "PUT"):
        changed = tenant.operator.request(method, f"{_PATH}/CS", {"numerator": 24}, if_match="*")
        refused(changed, 405, "method_not_allowed")
    refused(_add(tenant, numerator=24), 409, "already_exists", pointer="#/unitOfMeasure", value="CS")
    with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
        cursor.execute("UPDATE products_packaging SET numerator = 24")


def test_a_mistake_is_deleted_and_made_anew(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant)
    assert tenant.operator.delete(f"{_PATH}/CS?version=1").status == 204
    assert _add(tenant, numerator=24).json["numerator"] == 24


def test_a_deletion_needs_a_version(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant)
    refused(tenant.operator.delete(f"{_PATH}/CS"), 428, "precondition_required")
    refused(tenant.operator.delete(f"{_PATH}/CS?version=2"), 409, "version_conflict", currentVersion=1)
    refused(tenant.operator.delete(f"{_PATH}/CS", if_match='"2.00000000"'), 412, "version_conflict", currentVersion=1)
    assert _units(tenant.operator) == ["CS"]


@pytest.mark.parametrize(
    ("members", "code", "pointer"),
    [
        ({"unitOfMeasure": "case"}, "validation_error", "#/unitOfMeasure"),
        ({"unitOfMeasure": "X" * 9}, "validation_error", "#/unitOfMeasure"),
        ({"unitOfMeasure": "CS\n"}, "validation_error", "#/unitOfMeasure"),
        ({"numerator": 0}, "validation_error", "#/numerator"),
        ({"numerator": -1}, "validation_error", "#/numerator"),
        ({"numerator": 10**9 + 1}, "validation_error", "#/numerator"),
        ({"numerator": 0.5}, "validation_error", "#/numerator"),
        ({"numerator": None}, "validation_error", "#/numerator"),
        ({"denominator": 0}, "validation_error", "#/denominator"),
        ({"denominator": 10**9 + 1}, "validation_error", "#/denominator"),
        ({"gtin": "4012345000008"}, "invalid_check_digit", "#/gtin"),
        ({"surprise": 1}, "unknown_field", "#/surprise"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], code: str, pointer: str) -> None:
    make_product(tenant, "P1")
    with nothing_moves(tenant):
        refused(_add(tenant, **members), 400, code, pointer=pointer)


def test_the_base_unit_is_no_packaging(tenant: TestTenant) -> None:
    make_product(tenant, "P1", unitOfMeasure="LTR")
    with nothing_moves(tenant):
        refused(_add(tenant, "LTR"), 409, "already_exists", pointer="#/unitOfMeasure", value="LTR")
    assert _add(tenant, "EA").status == 201


def test_the_base_unit_stays_while_there_is_packaging(tenant: TestTenant) -> None:
    product = make_product(tenant, "P1")
    _add(tenant)
    whole = {"sku": "P1", "name": "Product P1", "unitOfMeasure": "CS"}
    with nothing_moves(tenant):
        for changed in (
            tenant.operator.patch("/v1/products/P1", {"unitOfMeasure": "CS", "version": 1}),
            tenant.operator.put("/v1/products/P1", {**whole, "version": 1}),
        ):
            refused(changed, 409, "invalid_state", unitsOfMeasure=["EA", "CS"])
        stale = tenant.operator.patch("/v1/products/P1", {"unitOfMeasure": "CS"}, if_match='"9.00000000"')
        refused(stale, 412, "version_conflict", currentVersion=1)
    assert tenant.operator.get("/v1/products/P1").json == product
    assert tenant.operator.patch("/v1/products/P1", {"unitOfMeasure": "EA", "version": 1}).status == 200
    assert tenant.operator.delete(f"{_PATH}/CS?version=1").status == 204
    assert tenant.operator.patch("/v1/products/P1", {"unitOfMeasure": "CS", "version": 2}).status == 200


def test_a_gtin_names_one_packaging_of_the_tenant(tenant: TestTenant, other_tenant: TestTenant) -> None:
    for each in (tenant, other_tenant):
        make_product(each, "P1")
        assert _add(each, gtin=_GTIN_13).status == 201
    with nothing_moves(tenant):
        refused(_add(tenant, "PX", gtin=_GTIN_14), 409, "already_exists", pointer="#/gtin", value=_GTIN_14)
    assert [_add(tenant, unit).status for unit in ("PX", "PK")] == [201, 201]


@pytest.mark.parametrize("unit", ["CS", "EA"])
@pytest.mark.parametrize("user", ["prices", "orderRules", "skuMappings"])
def test_a_unit_that_something_counts_is_neither_deleted_nor_changed(tenant: TestTenant, user: str, unit: str) -> None:
    """Made anew with another factor it would silently change what a price is for and what an order may be."""
    make_supplier(tenant, "S1")
    make_product(tenant, "P1")
    if unit == "CS":
        _add(tenant)
    match user:
        case "prices":
            make_price(tenant, "P1", unitOfMeasure=unit)
        case "orderRules":
            make_order_rule(tenant, "S1", "P1", minimumQuantity=2, unitOfMeasure=unit)
        case "skuMappings":
            make_sku_mapping(tenant, "OWN", "P1", supplierId="S1", unitOfMeasure=unit)
    with nothing_moves(tenant):
        if unit == "CS":
            answer = tenant.operator.delete(f"{_PATH}/CS?version=1")
            refused(answer, 409, "resource_in_use")
        else:
            answer = tenant.operator.patch("/v1/products/P1", {"unitOfMeasure": "PK"}, if_match="*")
            refused(answer, 409, "invalid_state")
        assert answer.json["detail"].startswith(f"{user} of the product count")


def test_the_same_key_does_it_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    first = tenant.operator.post(_PATH, {"unitOfMeasure": "CS", "numerator": 12}, key="once")
    second = tenant.operator.post(_PATH, {"unitOfMeasure": "CS", "numerator": 12}, key="once")
    assert (second.status, second.content, second.headers["Idempotent-Replayed"]) == (201, first.content, "true")
    assert _units(tenant.operator) == ["CS"]


def test_pages_show_each_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_product(tenant, "P2")
    tenant.operator.post("/v1/products/P2/packaging", {"unitOfMeasure": "ZZ", "numerator": 1})
    for unit in ("PX", "CS", "PK"):
        _add(tenant, unit)
    token = tenant.operator.get(f"{_PATH}?pageSize=2").json["nextPageToken"]
    assert (_units(tenant.operator, "?pageSize=2"), _units(tenant.operator, f"?pageSize=2&pageToken={token}")) == (
        ["CS", "PK"],
        ["PX"],
    )
    assert _units(tenant.operator, "?orderBy=unitOfMeasure%20desc") == ["PX", "PK", "CS"]
    refused(tenant.operator.get(f"/v1/products/P2/packaging?pageToken={token}"), 400, "invalid_page_token")


def test_a_deleted_product_takes_its_packaging_along(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant, gtin=_GTIN_13)
    assert tenant.operator.delete("/v1/products/P1?version=1").status == 204
    refused(tenant.operator.get(_PATH), 404, "not_found")
    make_product(tenant, "P2")
    again = tenant.operator.post(
        "/v1/products/P2/packaging", {"unitOfMeasure": "CS", "numerator": 12, "gtin": _GTIN_13}
    )
    assert again.status == 201


def test_who_sees_the_product_sees_it(tenant: TestTenant, other_tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    _add(tenant)
    make_supplier(tenant, "S1")
    for partner in ("R1", "R2"):
        make_retail_partner(tenant, partner)
    make_agreement(tenant, "R1", "S1", productId="P1")
    for client in (tenant.supplier("S1"), tenant.retailer("R1")):
        assert (_units(client), client.get(f"{_PATH}/CS").status) == (["CS"], 200)
    for client in (tenant.retailer("R2"), other_tenant.operator):
        for path in (_PATH, f"{_PATH}/CS"):
            refused(client.get(path), 404, "not_found")


def test_who_may_change_the_product_may_add_and_delete(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    make_supplier(tenant, "S2")
    owner = tenant.supplier("S1")
    assert owner.post("/v1/products", {"productId": "P1", "sku": "1", "name": "A"}).status == 201
    assert _add(tenant, by=owner).status == 201
    with nothing_moves(tenant):
        refused(_add(tenant, "PX", by=tenant.supplier("S2")), 403, "not_permitted")
        refused(tenant.supplier("S2").delete(f"{_PATH}/CS?version=1"), 403, "not_permitted")
    assert owner.delete(f"{_PATH}/CS?version=1").status == 204
