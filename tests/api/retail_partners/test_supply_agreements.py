from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from apps.core.context import PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.retail_partners.models import SupplyAgreement
from apps.retail_partners.queries import agreed_products, agreements_in_force
from tests.factories.master_data import make_agreement, make_retail_partner, make_supplier
from tests.support.api import TestTenant
from tests.support.resource_rules import ResourceRules

_PATH = "/v1/supplyAgreements"
_PARTIES = {"retailPartnerId": "R1", "supplierId": "S1"}


@pytest.fixture
def parties(tenant: TestTenant) -> TestTenant:
    """Return a tenant with the supplier S1 and the retail partner R1."""
    make_supplier(tenant, "S1")
    make_retail_partner(tenant, "R1")
    return tenant


class TestSupplyAgreementRules(ResourceRules):
    __test__ = True
    path = _PATH
    code_member = "agreementId"
    prefix = "agr"
    required = "supplierId"

    def prepare(self, tenant: TestTenant) -> None:
        make_supplier(tenant, "S1")
        make_retail_partner(tenant, "R1")

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        return {"agreementId": code, **_PARTIES}


def test_everything_that_was_said_is_kept(parties: TestTenant) -> None:
    body = {
        "agreementId": "A1",
        **_PARTIES,
        "productId": "NOT-YET-CREATED",
        "validFrom": "2026-01-01",
        "validTo": "2026-12-31",
        "minimumShelfLifeDays": 90,
        "status": "active",
        "attributes": {"contract": "17"},
    }
    created = parties.operator.post(_PATH, body)
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "version": 1, **moments}
    patch = {"validTo": None, "minimumShelfLifeDays": None, "validFrom": "2026-02-01", "version": 1}
    changed = parties.operator.patch(f"{_PATH}/A1", patch)
    assert changed.json == {**created.json, **patch, "version": 2, "updatedAt": changed.json["updatedAt"]}


@pytest.mark.parametrize("member", ["supplierId", "retailPartnerId"])
def test_a_party_that_is_not_there_is_named(parties: TestTenant, other_tenant: TestTenant, member: str) -> None:
    make_supplier(other_tenant, "THERE")
    make_retail_partner(other_tenant, "THERE")
    refused = parties.operator.post(_PATH, {**_PARTIES, member: "THERE"})
    assert (refused.status, refused.json["code"]) == (404, "not_found")
    assert [error["pointer"] for error in refused.json["errors"]] == [f"#/{member}"]
    assert parties.operator.get(_PATH).json["data"] == []


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"validFrom": "2026-02-01", "validTo": "2026-01-31"}, "#/validTo"),
        ({"validFrom": "2026-02-30"}, "#/validFrom"),
        ({"validFrom": "2026-02-01T00:00:00Z"}, "#/validFrom"),
        ({"validTo": 20260201}, "#/validTo"),
        ({"minimumShelfLifeDays": -1}, "#/minimumShelfLifeDays"),
        ({"productId": "a b"}, "#/productId"),
    ],
)
def test_a_wrong_value_is_named(parties: TestTenant, members: dict[str, Any], pointer: str) -> None:
    refused = parties.operator.post(_PATH, {**_PARTIES, **members})
    assert (refused.status, refused.json["code"], refused.json["errors"][0]["pointer"]) == (
        400,
        "validation_error",
        pointer,
    )
    assert parties.operator.get(_PATH).json["data"] == []


def test_one_day_is_a_period(parties: TestTenant) -> None:
    make_agreement(parties, "R1", "S1", validFrom="2026-02-01", validTo="2026-02-01")


def test_a_change_may_not_turn_the_period_around(parties: TestTenant) -> None:
    created = make_agreement(parties, "R1", "S1", agreementId="A1", validFrom="2026-02-01", validTo="2026-03-01")
    for change in ({"validTo": "2026-01-31"}, {"validFrom": "2026-03-02"}):
        refused = parties.operator.patch(f"{_PATH}/A1", {**change, "version": 1})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/validTo")
        stale = parties.operator.patch(f"{_PATH}/A1", change, if_match='"7.00000000"')
        assert stale.status == 412
    assert parties.operator.get(f"{_PATH}/A1").json == created


@pytest.mark.parametrize("member", ["supplierId", "retailPartnerId", "productId"])
def test_whom_and_what_it_is_about_never_changes(parties: TestTenant, member: str) -> None:
    make_agreement(parties, "R1", "S1", agreementId="A1")
    refused = parties.operator.patch(f"{_PATH}/A1", {member: "X", "version": 1})
    assert (refused.status, refused.json["code"]) == (400, "unknown_field")


def test_they_are_found_by_whom_and_what(parties: TestTenant) -> None:
    make_supplier(parties, "S2")
    make_retail_partner(parties, "R2")
    make_agreement(parties, "R1", "S1", agreementId="A1")
    make_agreement(parties, "R2", "S2", agreementId="A2", productId="P1")
    for query in ("retailPartnerId=R2", "supplierId=S2", "productId=P1", "agreementId=A2"):
        found = parties.operator.get(f"{_PATH}?{query}").json["data"]
        assert [row["agreementId"] for row in found] == ["A2"]


def test_clients_of_other_parties_may_not_ask(parties: TestTenant) -> None:
    for client in (parties.supplier("S1"), parties.retailer("R1")):
        assert client.get(_PATH).json["code"] == "insufficient_scope"


@pytest.mark.parametrize(
    ("party", "code", "visible"),
    [
        (PartyType.TENANT, "", ["A1", "A2"]),
        (PartyType.SUPPLIER, "S1", ["A1"]),
        (PartyType.SUPPLIER, "S2", ["A2"]),
        (PartyType.RETAIL_PARTNER, "R1", ["A1", "A2"]),
        (PartyType.RETAIL_PARTNER, "S1", []),
    ],
)
def test_who_sees_which(parties: TestTenant, party: PartyType, code: str, visible: list[str]) -> None:
    make_supplier(parties, "S2")
    make_agreement(parties, "R1", "S1", agreementId="A1")
    make_agreement(parties, "R1", "S2", agreementId="A2")
    principal = Principal(parties.id, 1, party, code)
    with as_tenant(parties.id):
        rows = SupplyAgreement.objects.visible_to(principal).order_by("pk")
        assert [row.pk for row in rows] == visible
        assert sorted(row.pk for row in agreed_products(principal, date(2026, 1, 1))) == visible


_TODAY = datetime.now(UTC).date()
_YESTERDAY, _TOMORROW = _TODAY - timedelta(days=1), _TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("members", "in_force"),
    [
        ({}, True),
        ({"validFrom": f"{_TODAY}"}, True),
        ({"validTo": f"{_TODAY}"}, True),
        ({"validFrom": f"{_YESTERDAY}", "validTo": f"{_TOMORROW}"}, True),
        ({"validFrom": f"{_TOMORROW}"}, False),
        ({"validTo": f"{_YESTERDAY}"}, False),
        ({"status": "archived"}, False),
    ],
)
def test_when_it_is_in_force(parties: TestTenant, members: dict[str, Any], *, in_force: bool) -> None:
    make_agreement(parties, "R1", "S1", **members)
    make_retail_partner(parties, "R2")
    with as_tenant(parties.id):
        assert agreements_in_force(parties.id, "R1", _TODAY).count() == int(in_force)
        assert agreements_in_force(parties.id, "R2", _TODAY).count() == 0
