from typing import Any

import pytest

from apps.core.context import PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.retail_partners.models import RetailPartner
from tests.factories.master_data import make_agreement, make_retail_partner, make_supplier
from tests.support.api import TestTenant
from tests.support.resource_rules import ResourceRules


class TestRetailPartnerRules(ResourceRules):
    __test__ = True
    path = "/v1/retailPartners"
    code_member = "retailPartnerId"
    prefix = "rp"
    required = "name"

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"retailPartnerId": code, "name": "Corner Stores"}


def test_everything_that_was_said_is_kept(tenant: TestTenant) -> None:
    body = {
        "retailPartnerId": "RP456",
        "name": "Corner Stores Inc",
        "gln": "4012345000009",
        "contact": {"name": "Ben", "email": None, "phone": "1"},
        "channel": "grocery",
        "status": "active",
        "attributes": {"tier": "gold"},
    }
    created = tenant.operator.post("/v1/retailPartners", body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}
    removed = tenant.operator.patch("/v1/retailPartners/RP456", {"channel": None, "gln": None, "version": 1})
    assert (removed.json["channel"], removed.json["gln"]) == (None, None)


@pytest.mark.parametrize("query", ["channel=online", "channel=online,kiosk", "gln=4012345000009"])
def test_they_are_found_by_channel_and_gln(tenant: TestTenant, query: str) -> None:
    make_retail_partner(tenant, "R1", channel="online", gln="4012345000009")
    make_retail_partner(tenant, "R2", channel="grocery")
    found = tenant.operator.get(f"/v1/retailPartners?{query}").json["data"]
    assert [row["retailPartnerId"] for row in found] == ["R1"]


@pytest.mark.parametrize("members", [{"gln": "4012345000008"}, {"gln": "40123450000091"}, {"channel": ""}])
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any]) -> None:
    refused = tenant.operator.post("/v1/retailPartners", {"name": "A", **members})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, f"#/{next(iter(members))}")


def test_clients_of_other_parties_may_not_ask(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    make_retail_partner(tenant, "R1")
    for client in (tenant.supplier("S1"), tenant.retailer("R1")):
        refused = client.get("/v1/retailPartners")
        assert (refused.status, refused.json["requiredScope"]) == (403, "retail_partners:read")


@pytest.mark.parametrize(
    ("party", "code", "visible"),
    [
        (PartyType.TENANT, "", ["R1", "R2"]),
        (PartyType.RETAIL_PARTNER, "R1", ["R1"]),
        (PartyType.SUPPLIER, "S1", []),
        (PartyType.SUPPLIER, "R1", []),
    ],
)
def test_who_sees_whom(tenant: TestTenant, party: PartyType, code: str, visible: list[str]) -> None:
    make_retail_partner(tenant, "R1")
    make_retail_partner(tenant, "R2")
    with as_tenant(tenant.id):
        rows = RetailPartner.objects.visible_to(Principal(tenant.id, 1, party, code)).order_by("pk")
        assert [row.pk for row in rows] == visible


def test_a_partner_that_an_agreement_names_is_in_use(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    one = make_retail_partner(tenant, "R1")
    make_agreement(tenant, "R1", "S1")
    refused = tenant.operator.delete("/v1/retailPartners/R1?version=1")
    assert (refused.status, refused.json["code"]) == (409, "resource_in_use")
    assert tenant.operator.get("/v1/retailPartners/R1").json == one
