from typing import Any

import pytest

from apps.core.context import PartyType, Principal
from apps.inventory.models.warehouse import Warehouse
from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_retail_partner, make_supplier, make_warehouse
from tests.support.api import TestTenant
from tests.support.resource_rules import ResourceRules

_PATH = "/v1/warehouses"
_S1 = {"type": "supplier", "id": "S1"}
_R1 = {"type": "retailPartner", "id": "R1"}
_TENANT = {"type": "tenant", "id": None}


@pytest.fixture
def parties(tenant: TestTenant) -> TestTenant:
    """Return a tenant with the suppliers S1 and S2 and the retail partner R1."""
    make_supplier(tenant, "S1")
    make_supplier(tenant, "S2")
    make_retail_partner(tenant, "R1")
    return tenant


class TestWarehouseRules(ResourceRules):
    __test__ = True
    path = _PATH
    code_member = "warehouseId"
    prefix = "whs"
    required = "name"

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"warehouseId": code, "name": "Central"}


def test_everything_that_was_said_is_kept(parties: TestTenant) -> None:
    address = {"street": "Harbour Road 1", "city": "Bristol", "postalCode": "BS1 4XE", "countryCode": "GB"}
    body = {
        "warehouseId": "Warehouse_A",
        "name": "Central",
        "owner": _S1,
        "address": {**address, "region": None},
        "gln": "4012345000009",
        "status": "active",
        "attributes": {"zone": "west"},
    }
    created = parties.operator.post(_PATH, {**body, "address": address})
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}
    patch = {"address": {"street": "Harbour Road 2", "postalCode": None}, "gln": None, "version": 1}
    changed = parties.operator.patch(f"{_PATH}/Warehouse_A", patch)
    assert changed.json["address"] == {**address, "street": "Harbour Road 2", "postalCode": None, "region": None}
    assert parties.operator.patch(f"{_PATH}/Warehouse_A", {"address": None, "version": 2}).json["address"] is None


@pytest.mark.parametrize(
    ("owner", "shown"), [(None, _TENANT), ({}, _TENANT), ({"type": "tenant"}, _TENANT), (_S1, _S1), (_R1, _R1)]
)
def test_staff_name_any_owner(parties: TestTenant, owner: dict[str, Any] | None, shown: dict[str, Any]) -> None:
    assert make_warehouse(parties, "W1", owner=owner)["owner"] == shown


@pytest.mark.parametrize(
    ("owner", "status", "pointer"),
    [
        ({"type": "supplier", "id": "S9"}, 404, "#/owner/id"),
        ({"type": "supplier", "id": "R1"}, 404, "#/owner/id"),
        ({"type": "retailPartner", "id": "S1"}, 404, "#/owner/id"),
        ({"type": "supplier"}, 400, "#/owner/id"),
        ({"type": "tenant", "id": "S1"}, 400, "#/owner/id"),
        ({"type": "nobody"}, 400, "#/owner/type"),
        ("S1", 400, "#/owner"),
    ],
)
def test_an_owner_is_well_formed_and_exists(parties: TestTenant, owner: Any, status: int, pointer: str) -> None:
    refused = parties.operator.post(_PATH, {"name": "A", "owner": owner})
    assert refused.status == status
    assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
    assert parties.operator.get(_PATH).json["data"] == []


def test_another_tenants_supplier_owns_nothing_here(tenant: TestTenant, other_tenant: TestTenant) -> None:
    make_supplier(other_tenant, "S1")
    refused = tenant.operator.post(_PATH, {"name": "A", "owner": _S1})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (404, "#/owner/id")


def test_the_owner_never_changes(parties: TestTenant) -> None:
    make_warehouse(parties, "W1")
    refused = parties.operator.patch(f"{_PATH}/W1", {"owner": _S1, "version": 1})
    assert (refused.status, refused.json["code"]) == (400, "unknown_field")


@pytest.mark.parametrize(("path", "owner"), [("/v1/suppliers/S1", _S1), ("/v1/retailPartners/R1", _R1)])
def test_an_owner_is_in_use(parties: TestTenant, path: str, owner: dict[str, str]) -> None:
    make_warehouse(parties, "W1", owner=owner)
    refused = parties.operator.delete(f"{path}?version=1")
    assert (refused.status, refused.json["code"]) == (409, "resource_in_use")


def test_a_supplier_sees_its_own_and_the_tenants(parties: TestTenant) -> None:
    absent = parties.supplier("S2").get(f"{_PATH}/W2", request_id="r")
    make_warehouse(parties, "W1")
    make_warehouse(parties, "W2", owner=_S1)
    make_warehouse(parties, "W3", owner=_R1)
    assert [row["warehouseId"] for row in parties.supplier("S1").get(_PATH).json["data"]] == ["W1", "W2"]
    assert [row["warehouseId"] for row in parties.supplier("S2").get(_PATH).json["data"]] == ["W1"]
    hidden = parties.supplier("S2").get(f"{_PATH}/W2", request_id="r")
    assert (hidden.status, hidden.content) == (404, absent.content)


def test_who_else_sees_which(parties: TestTenant) -> None:
    make_warehouse(parties, "W1")
    make_warehouse(parties, "W2", owner=_S1)
    make_warehouse(parties, "W3", owner=_R1)
    with as_tenant(parties.id):
        partner = Warehouse.objects.visible_to(Principal(parties.id, 1, PartyType.RETAIL_PARTNER, "R1"))
        staff = Warehouse.objects.visible_to(Principal(parties.id, 1, PartyType.TENANT, ""))
        assert [row.pk for row in partner] == ["W3"]
        assert sorted(row.pk for row in staff) == ["W1", "W2", "W3"]


def test_a_retail_partner_may_not_ask(parties: TestTenant) -> None:
    refused = parties.retailer("R1").get(_PATH)
    assert (refused.status, refused.json["requiredScope"]) == (403, "warehouses:read")


@pytest.mark.parametrize("members", [{}, {"owner": None}, {"owner": _S1}])
def test_a_supplier_creates_its_own(parties: TestTenant, members: dict[str, Any]) -> None:
    supplier = parties.supplier("S1")
    created = supplier.post(_PATH, {"warehouseId": "W1", "name": "A", **members})
    assert (created.status, created.json["owner"]) == (201, _S1)
    assert supplier.patch(f"{_PATH}/W1", {"name": "B", "version": 1}).json["name"] == "B"
    assert supplier.delete(f"{_PATH}/W1?version=2").status == 204


@pytest.mark.parametrize("owner", [{"type": "tenant"}, {"type": "supplier", "id": "S2"}, _R1, {"type": "supplier"}])
def test_a_supplier_creates_nothing_for_others(parties: TestTenant, owner: dict[str, str]) -> None:
    refused = parties.supplier("S1").post(_PATH, {"name": "A", "owner": owner})
    assert (refused.status, refused.json["code"]) == (403, "not_permitted")
    assert parties.operator.get(_PATH).json["data"] == []


def test_a_supplier_changes_its_own_only(parties: TestTenant) -> None:
    tenants = make_warehouse(parties, "W1")
    theirs = make_warehouse(parties, "W2", owner={"type": "supplier", "id": "S2"})
    supplier = parties.supplier("S1")
    for path, status in ((f"{_PATH}/W1", 403), (f"{_PATH}/W2", 404)):
        assert supplier.patch(path, {"name": "B", "version": 1}).status == status
        assert supplier.delete(f"{path}?version=1").status == status
    assert parties.operator.get(_PATH).json["data"] == [tenants, theirs]


def test_they_are_found_by_owner_type(parties: TestTenant) -> None:
    make_warehouse(parties, "W1")
    make_warehouse(parties, "W2", owner=_S1)
    make_warehouse(parties, "W3", owner=_R1)
    for query, codes in (
        ("ownerType=supplier", ["W2"]),
        ("ownerType=tenant,retailPartner", ["W1", "W3"]),
        ("warehouseId=W3", ["W3"]),
    ):
        found = parties.operator.get(f"{_PATH}?{query}").json["data"]
        assert [row["warehouseId"] for row in found] == codes


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"gln": "4012345000008"}, "#/gln"),
        ({"address": {"countryCode": "gb"}}, "#/address/countryCode"),
        ({"address": {"planet": "Earth"}}, "#/address/planet"),
        ({"name": ""}, "#/name"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    refused = tenant.operator.post(_PATH, {"name": "A", **members})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, pointer)
