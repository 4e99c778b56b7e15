"""Certificates of products: what they are today, and that their end is told once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.unit_of_work import as_tenant
from apps.products.commands.sweep_certifications import sweep_certifications
from apps.products.tasks import sweep_certifications_of_all_tenants
from tests.factories.master_data import (
    make_agreement,
    make_certification,
    make_product,
    make_retail_partner,
    make_supplier,
)
from tests.support.api import ApiClient, TestTenant
from tests.support.interleaving import holding
from tests.support.notices import heard, waiting
from tests.support.stock import nothing_moves, refused

_PATH = "/v1/products/P1/certifications"
_EXPIRING = "product.certification_expiring"
_EXPIRED = "product.certification_expired"
_TYPES = (_EXPIRING, _EXPIRED)


def _context(tenant: TestTenant, *, days: int = 0) -> CallContext:
    """Return the system's own call, so many days from now."""
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC) + timedelta(days=days), request_id="")


def _sweep(tenant: TestTenant, *, days: int = 0) -> int:
    return sweep_certifications(_context(tenant, days=days), horizon=timedelta(days=30)).result


def _day(days: int) -> str:
    """Return a day as bodies take it; a test that runs over midnight stays far from the borders."""
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def _codes(client: ApiClient, query: str = "") -> list[str]:
    return [row["certificationId"] for row in client.get(f"{_PATH}{query}").json["data"]]


def test_it_lives_from_creation_to_deletion(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    body = {
        "certificationId": "C1",
        "scheme": "DOT",
        "issuer": "US DOT",
        "number": "4711",
        "validFrom": "2020-01-01",
        "validTo": "2990-12-31",
        "documentUrl": "https://docs.example.com/4711.pdf",
    }
    created = tenant.operator.post(_PATH, body)
    assert (created.status, created.headers["Location"]) == (201, f"{_PATH}/C1")
    moments = {name: created.json[name] for name in ("createdAt", "updatedAt")}
    assert created.json == {**body, "productId": "P1", "status": "valid", "version": 1, **moments}
    got = tenant.operator.get(f"{_PATH}/C1")
    assert (got.json, got.headers["ETag"]) == (created.json, created.headers["ETag"])
    changed = tenant.operator.patch(f"{_PATH}/C1", {"validTo": None, "number": "4712"}, if_match=got.headers["ETag"])
    assert (changed.status, changed.json["validTo"], changed.json["number"]) == (200, None, "4712")
    assert tenant.operator.get(_PATH).json == {"data": [changed.json], "nextPageToken": None}
    assert tenant.operator.delete(f"{_PATH}/C1?version=2").status == 204
    refused(tenant.operator.get(f"{_PATH}/C1"), 404, "not_found")
    refused(tenant.operator.post(_PATH, body), 409, "already_exists", retired=True)


def test_without_a_code_it_gets_one(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    made = tenant.operator.post(_PATH, {"scheme": "SAE", "issuer": "SAE", "number": "J1"}, key="once")
    again = tenant.operator.post(_PATH, {"scheme": "SAE", "issuer": "SAE", "number": "J1"}, key="once")
    assert (made.json["certificationId"][:4], again.content) == ("crt_", made.content)


def test_a_change_needs_the_version(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    made = make_certification(tenant, "P1", "C1")
    with nothing_moves(tenant):
        refused(tenant.operator.patch(f"{_PATH}/C1", {"number": "2"}), 428, "precondition_required")
        refused(tenant.operator.patch(f"{_PATH}/C1", {"number": "2", "version": 2}), 409, "version_conflict")
        refused(tenant.operator.delete(f"{_PATH}/C1", if_match='"2.00000000"'), 412, "version_conflict")
    assert tenant.operator.get(f"{_PATH}/C1").json == made


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"scheme": ""}, "#/scheme"),
        ({"issuer": None}, "#/issuer"),
        ({"number": "x" * 101}, "#/number"),
        ({"validFrom": "01.01.2026"}, "#/validFrom"),
        ({"validTo": "2026-02-30"}, "#/validTo"),
        ({"validFrom": "2026-01-02", "validTo": "2026-01-01"}, "#/validTo"),
        ({"documentUrl": "http://docs.example.com/"}, "#/documentUrl"),
        ({"documentUrl": "https:///x"}, "#/documentUrl"),
        ({"documentUrl": "javascript:alert(1)"}, "#/documentUrl"),
        ({"status": "valid"}, "#/status"),
    ],
)
def test_a_wrong_value_is_named(tenant: TestTenant, members: dict[str, Any], pointer: str) -> None:
    make_product(tenant, "P1")
    made = make_certification(tenant, "P1", "C1")
    with nothing_moves(tenant):
        for answer in (
            tenant.operator.post(_PATH, {"scheme": "DOT", "issuer": "x", "number": "2", **members}),
            tenant.operator.patch(f"{_PATH}/C1", {**members, "version": 1}),
        ):
            assert (answer.status, answer.json["errors"][0]["pointer"]) == (400, pointer)
    assert tenant.operator.get(f"{_PATH}/C1").json == made


def test_a_new_end_is_compared_with_the_beginning_that_is_stored(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_certification(tenant, "P1", "C1", validFrom="2026-01-01")
    answer = tenant.operator.patch(f"{_PATH}/C1", {"validTo": "2025-12-31", "version": 1})
    refused(answer, 400, "validation_error", pointer="#/validTo")


def test_a_product_has_a_number_of_a_scheme_and_issuer_once(tenant: TestTenant) -> None:
    for code in ("P1", "P2"):
        make_product(tenant, code)
    make_certification(tenant, "P1", "C1", number="1")
    with nothing_moves(tenant):
        again = tenant.operator.post(_PATH, {"scheme": "DOT", "issuer": "US DOT", "number": "1"})
        refused(again, 409, "already_exists", pointer="#/number", value="1")
    make_certification(tenant, "P2", "C2", number="1")
    make_certification(tenant, "P1", "C3", number="1", scheme="SAE")


def test_its_status_is_that_of_today(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    soon = settings.CERTIFICATION_EXPIRING_DAYS
    expected = {
        "notYetValid": {"validFrom": _day(5), "validTo": _day(400)},
        "valid": {"validFrom": _day(-5), "validTo": _day(soon + 5)},
        "expiring": {"validTo": _day(soon - 5)},
        "expired": {"validTo": _day(-5)},
    }
    for status, members in expected.items():
        made = make_certification(tenant, "P1", status, **members)
        assert (made["status"], tenant.operator.get(f"{_PATH}/{status}").json["status"]) == (status, status)
    make_certification(tenant, "P1", "forever")
    assert _codes(tenant.operator, f"?expiringBefore={_day(0)}") == ["expired"]
    assert _codes(tenant.operator, f"?expiringBefore={_day(soon)}") == ["expired", "expiring"]
    assert _codes(tenant.operator, "?scheme=SAE") == []
    for wrong in ("soon", "01.01.2026", "2026-13-01", ""):
        answer = tenant.operator.get(f"{_PATH}?expiringBefore={wrong}")
        refused(answer, 400, "validation_error", pointer="expiringBefore")


def test_pages_show_each_once(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    for number in range(3):
        make_certification(tenant, "P1", f"C{number}")
    token = tenant.operator.get(f"{_PATH}?pageSize=2").json["nextPageToken"]
    assert _codes(tenant.operator, f"?pageSize=2&pageToken={token}") == ["C2"]
    assert _codes(tenant.operator, "?orderBy=createdAt%20desc") == ["C2", "C1", "C0"]


def test_a_deleted_product_takes_them_along_and_their_codes_stay_taken(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_certification(tenant, "P1", "C1")
    assert tenant.operator.delete("/v1/products/P1?version=1").status == 204
    make_product(tenant, "P2")
    body = {"certificationId": "C1", "scheme": "x", "issuer": "x", "number": "x"}
    refused(tenant.operator.post("/v1/products/P2/certifications", body), 409, "already_exists", retired=True)


def test_who_may_change_the_product_may_change_them(tenant: TestTenant) -> None:
    for supplier in ("S1", "S2"):
        make_supplier(tenant, supplier)
    owner, other = tenant.supplier("S1"), tenant.supplier("S2")
    owner.post("/v1/products", {"productId": "P1", "sku": "1", "name": "A"})
    made = owner.post(_PATH, {"certificationId": "C1", "scheme": "x", "issuer": "x", "number": "x"})
    assert made.status == 201
    with nothing_moves(tenant):
        refused(other.post(_PATH, {"scheme": "x", "issuer": "x", "number": "y"}), 403, "not_permitted")
        refused(other.patch(f"{_PATH}/C1", {"number": "y", "version": 1}), 403, "not_permitted")
        refused(other.delete(f"{_PATH}/C1?version=1"), 403, "not_permitted")
    assert other.get(f"{_PATH}/C1").json == made.json


def test_another_product_does_not_have_it(tenant: TestTenant) -> None:
    for code in ("P1", "P2"):
        make_product(tenant, code)
    make_certification(tenant, "P1", "C1")
    refused(tenant.operator.get("/v1/products/P2/certifications/C1"), 404, "not_found")
    refused(tenant.operator.delete("/v1/products/P2/certifications/C1?version=1"), 404, "not_found")


def test_the_database_itself_refuses_an_end_before_the_beginning(tenant: TestTenant) -> None:
    make_product(tenant, "P1")
    make_certification(tenant, "P1", "C1", validFrom="2026-01-02")
    with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("UPDATE products_certification SET valid_to = '2026-01-01'")


class TestItsEnd:
    def test_it_is_told_once_before_and_once_after(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_certification(tenant, "P1", "C1", validTo=_day(40))
        assert (_sweep(tenant), waiting(tenant, _TYPES)) == (0, [])
        assert [_sweep(tenant, days=days) for days in (20, 20, 30)] == [1, 0, 0]
        assert waiting(tenant, _TYPES) == [(_EXPIRING, "P1/C1", 2)]
        assert [_sweep(tenant, days=days) for days in (45, 45, 400)] == [1, 0, 0]
        assert waiting(tenant, _TYPES) == [(_EXPIRING, "P1/C1", 2), (_EXPIRED, "P1/C1", 3)]
        assert tenant.operator.get(f"{_PATH}/C1").json["version"] == 3

    def test_one_that_has_expired_already_is_told_as_that_only(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_certification(tenant, "P1", "C1", validTo=_day(-5))
        make_certification(tenant, "P1", "C2")
        assert (_sweep(tenant), _sweep(tenant)) == (1, 0)
        assert waiting(tenant, _TYPES) == [(_EXPIRED, "P1/C1", 2)]

    def test_one_that_is_renewed_is_told_of_again(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_certification(tenant, "P1", "C1", validTo=_day(5))
        assert _sweep(tenant) == 1
        for change, told in (({"number": "2"}, 0), ({"validTo": _day(400)}, 0)):
            assert tenant.operator.patch(f"{_PATH}/C1", change, if_match="*").status == 200
            assert _sweep(tenant) == told
        assert (_sweep(tenant, days=390), _sweep(tenant, days=390)) == (1, 0)

    def test_who_sees_the_product_hears_of_it(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        make_supplier(tenant, "S1")
        for partner in ("R1", "R2"):
            make_retail_partner(tenant, partner)
        make_agreement(tenant, "R1", "S1", productId="P1")
        make_certification(tenant, "P1", "C1", validTo=_day(5))
        _sweep(tenant)
        shown = tenant.operator.get(f"{_PATH}/C1").json
        assert shown["status"] == "expiring"
        for party, code in ((PartyType.TENANT, ""), (PartyType.SUPPLIER, "S1"), (PartyType.RETAIL_PARTNER, "R1")):
            ((kind, data),) = heard(tenant, _TYPES, party, code)
            told = {name: getattr(data, name) for name in ("certification_id", "status", "version")}
            assert (kind, told) == (_EXPIRING, {"certification_id": "C1", "status": "expiring", "version": 2})
        assert heard(tenant, _TYPES, PartyType.RETAIL_PARTNER, "R2") == []

    def test_what_another_worker_is_just_telling_is_left_to_it(self, tenant: TestTenant) -> None:
        make_product(tenant, "P1")
        for code in ("C1", "C2"):
            make_certification(tenant, "P1", code, validTo=_day(5))
        with holding(tenant.id) as hold:
            hold.owner.execute("BEGIN")
            hold.owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
            hold.owner.execute("SELECT FROM products_certification WHERE id = 'C1' FOR UPDATE")
            assert _sweep(tenant) == 1
        assert (_sweep(tenant), _sweep(tenant)) == (1, 0)
        assert sorted(waiting(tenant, _TYPES)) == [(_EXPIRING, "P1/C1", 2), (_EXPIRING, "P1/C2", 2)]

    def test_the_task_sweeps_every_tenant(self, tenant: TestTenant, other_tenant: TestTenant) -> None:
        for each in (tenant, other_tenant):
            make_product(each, "P1")
            make_certification(each, "P1", "C1", validTo=_day(settings.CERTIFICATION_EXPIRING_DAYS - 5))
        sweep_certifications_of_all_tenants()
        sweep_certifications_of_all_tenants()
        for each in (tenant, other_tenant):
            assert waiting(each, _TYPES) == [(_EXPIRING, "P1/C1", 2)]
        entry = settings.CELERY_BEAT_SCHEDULE["products-sweep-certifications"]
        assert (entry["schedule"], settings.CERTIFICATION_EXPIRING_DAYS) == (60.0, 30)
        assert entry["task"] in current_app.tasks


def test_the_sweep_uses_its_index(tenant: TestTenant) -> None:
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM products_certification WHERE tenant_id = %s AND valid_to IS NOT NULL"
            " AND told <> 'expired' AND valid_to <= %s",
            [tenant.id, date(2026, 1, 1)],
        )
        assert "certifications_to_tell_of" in "\n".join(line for (line,) in cursor.fetchall())
