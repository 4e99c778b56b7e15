from typing import Any

import pytest

from tests.factories.master_data import make_agreement, make_product, make_retail_partner, make_supplier
from tests.support.api import TestTenant
from tests.support.resource_rules import ResourceRules


class TestSupplierRules(ResourceRules):
    __test__ = True
    path = "/v1/suppliers"
    code_member = "supplierId"
    prefix = "sup"
    required = "name"

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"supplierId": code, "name": "Hot Sauce Makers"}


def test_everything_that_was_said_is_kept(tenant: TestTenant) -> None:
    body = {
        "supplierId": "SUP123",
        "name": "Hot Sauce Makers Ltd",
        "gln": "5012345678900",
        "contact": {"name": "Ana", "email": "ana@example.com"},
        "leadTimeDays": 14,
        "backorderPolicy": "proRata",
        "status": "archived",
        "attributes": {"region": "south"},
    }
    created = tenant.operator.post("/v1/suppliers", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    contact = {"name": "Ana", "email": "ana@example.com", "phone": None}
    assert created.json == {**body, "contact": contact, "version": 1, **moments}


def test_a_contact_merges(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1", contact={"name": "Ana", "email": "ana@example.com"})
    patched = tenant.operator.patch("/v1/suppliers/S1", {"contact": {"email": None, "phone": "1"}, "version": 1})
    assert patched.json["contact"] == {"name": "Ana", "email": None, "phone": "1"}
    removed = tenant.operator.patch("/v1/suppliers/S1", {"contact": None, "leadTimeDays": None, "version": 2})
    assert (removed.json["contact"], removed.json["leadTimeDays"]) == (None, None)


def test_a_merge_patch_has_its_own_media_type_too(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    patch = {"name": "B", "version": 1}
    merged = tenant.operator.patch("/v1/suppliers/S1", patch, content_type="application/merge-patch+json")
    assert (merged.status, merged.json["name"]) == (200, "B")
    assert tenant.operator.patch("/v1/suppliers/S1", patch, content_type="text/plain").status == 415


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"name": ""}, "#/name"),
        ({"name": None}, "#/name"),
        ({"name": "x" * 256}, "#/name"),
        ({"leadTimeDays": -1}, "#/leadTimeDays"),
        ({"leadTimeDays": "5"}, "#/leadTimeDays"),
        ({"leadTimeDays": 5.5}, "#/leadTimeDays"),
        ({"leadTimeDays": True}, "#/leadTimeDays"),
        ({"gln": "123"}, "#/gln"),
        ({"gln": "5012345678901"}, "#/gln"),
        ({"contact": {"fax": "1"}}, "#/contact/fax"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    refused = tenant.operator.post("/v1/suppliers", {"name": "A", **members})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, pointer)
    make_supplier(tenant, "S1")
    refused = tenant.operator.patch("/v1/suppliers/S1", {**members, "version": 1})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, pointer)
    assert tenant.operator.get("/v1/suppliers/S1").json["version"] == 1


def test_a_wrong_check_digit_has_a_code_of_its_own(tenant: TestTenant) -> None:
    refused = tenant.operator.post("/v1/suppliers", {"name": "A", "gln": "5012345678901"})
    assert (refused.status, refused.json["code"]) == (400, "invalid_check_digit")


@pytest.mark.parametrize("word", ["batch", "transactions", "changes", "alerts", "forecast"])
def test_words_of_the_paths_are_no_codes(tenant: TestTenant, word: str) -> None:
    refused = tenant.operator.post("/v1/suppliers", {"supplierId": word, "name": "A"})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/supplierId")


def test_a_supplier_sees_itself_only(tenant: TestTenant) -> None:
    absent = tenant.supplier("S1").get("/v1/suppliers/S2", request_id="r")
    one = make_supplier(tenant, "S1")
    make_supplier(tenant, "S2")
    client = tenant.supplier("S1")
    assert client.get("/v1/suppliers").json["data"] == [one]
    assert client.get("/v1/suppliers/S1").json == one
    assert client.get("/v1/suppliers/S2", request_id="r").content == absent.content


def test_a_supplier_may_not_write_suppliers(tenant: TestTenant) -> None:
    one = make_supplier(tenant, "S1")
    refused = tenant.supplier("S1").patch("/v1/suppliers/S1", {"name": "B", "version": 1})
    assert (refused.status, refused.json["code"]) == (403, "insufficient_scope")
    assert tenant.operator.get("/v1/suppliers/S1").json == one


def test_a_retail_partner_may_not_read_suppliers(tenant: TestTenant) -> None:
    make_retail_partner(tenant, "R1")
    refused = tenant.retailer("R1").get("/v1/suppliers")
    assert (refused.status, refused.json["requiredScope"]) == (403, "suppliers:read")


def test_a_supplier_that_an_agreement_names_is_in_use(tenant: TestTenant) -> None:
    one = make_supplier(tenant, "S1")
    make_retail_partner(tenant, "R1")
    make_agreement(tenant, "R1", "S1", agreementId="A1")
    refused = tenant.operator.delete("/v1/suppliers/S1?version=1")
    assert (refused.status, refused.json["code"]) == (409, "resource_in_use")
    assert tenant.operator.get("/v1/suppliers/S1").json == one
    assert tenant.operator.delete("/v1/supplyAgreements/A1?version=1").status == 204
    assert tenant.operator.delete("/v1/suppliers/S1?version=1").status == 204


def test_a_supplier_that_created_a_product_is_in_use(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    assert tenant.supplier("S1").post("/v1/products", {"productId": "P1", "sku": "1", "name": "A"}).status == 201
    make_product(tenant, "P2")
    assert tenant.operator.delete("/v1/suppliers/S1?version=1").json["code"] == "resource_in_use"


def test_another_tenants_agreement_holds_nothing(tenant: TestTenant, other_tenant: TestTenant) -> None:
    for owner in (tenant, other_tenant):
        make_supplier(owner, "S1")
        make_retail_partner(owner, "R1")
    make_agreement(other_tenant, "R1", "S1")
    assert tenant.operator.delete("/v1/suppliers/S1?version=1").status == 204
