"""Links to partners' pages: who makes them, for whom, how many, and the admin's part."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from apps.core.context import PartyType
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Membership
from apps.tenancy.types import Role
from apps.webhooks.models import PageLink
from tests.support.api import TestTenant
from tests.support.partner_page import Partner, Visitor, local
from tests.support.people import browser_of
from tests.support.stock import Given, refused

_PATH = "/v1/webhooks/pages"
_S1 = {"party": {"type": "supplier", "id": "S1"}}


def links(tenant: TestTenant) -> list[PageLink]:
    with as_tenant(tenant.id):
        return list(PageLink.objects.filter(tenant_id=tenant.id).order_by("pk"))


def test_a_link_says_whose_it_is_and_until_when(tenant: TestTenant) -> None:
    Given(tenant).supplier()
    answer = tenant.supplier("S1").post(_PATH, {"expiresInSeconds": 3600})
    made = answer.json
    assert answer.status == 201
    assert answer.headers["Location"] == f"/partner/{made['pageId']}"
    assert answer.headers["Cache-Control"] == "no-store"
    assert set(made) == {"pageId", "url", "party", "createdAt", "expiresAt"}
    assert made["party"] == {"type": "supplier", "id": "S1"}
    lasts = datetime.fromisoformat(made["expiresAt"]) - datetime.fromisoformat(made["createdAt"])
    assert lasts == timedelta(hours=1)


def test_a_replay_shows_the_same_link_and_makes_no_other(tenant: TestTenant) -> None:
    Given(tenant).supplier()
    first, again = (tenant.operator.post(_PATH, _S1, key="one") for _ in range(2))
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    assert len(links(tenant)) == 1
    refused(tenant.operator.post(_PATH, {**_S1, "expiresInSeconds": 600}, key="one"), 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({**_S1, "expiresInSeconds": 299}, "#/expiresInSeconds"),
        ({**_S1, "expiresInSeconds": 604_801}, "#/expiresInSeconds"),
        ({"party": {"type": "tenant", "id": "S1"}}, "#/party/type"),
        ({"party": {"type": "supplier"}}, "#/party/id"),
        ({**_S1, "token": "mine"}, "#/token"),
    ],
)
def test_what_is_wrong_is_named(tenant: TestTenant, body: dict[str, Any], pointer: str) -> None:
    Given(tenant).supplier()
    answer = tenant.operator.post(_PATH, body)
    assert (answer.status, [error["pointer"] for error in answer.json["errors"]]) == (400, [pointer])
    assert links(tenant) == []


def test_staff_say_whose_page_it_is(tenant: TestTenant) -> None:
    answer = tenant.operator.post(_PATH, {})
    refused(answer, 403, "not_permitted")
    assert [error["pointer"] for error in answer.json["errors"]] == ["#/party"]
    assert links(tenant) == []


def test_a_page_is_given_to_who_is_there_by_staff_or_to_oneself(tenant: TestTenant, other_tenant: TestTenant) -> None:
    given = Given(tenant)
    given.supplier("S1")
    given.supplier("S2")
    given.partner("S1")
    absent = tenant.operator.post(_PATH, {"party": {"type": "supplier", "id": "S9"}})
    refused(absent, 404, "not_found")
    for client in (tenant.supplier("S2"), tenant.retailer("S1"), other_tenant.operator, other_tenant.supplier("S1")):
        answer = client.post(_PATH, _S1)
        refused(answer, 404, "not_found")
        assert answer.json["detail"] == absent.json["detail"].replace("S9", "S1")
    assert links(tenant) == links(other_tenant) == []
    assert tenant.supplier("S1").post(_PATH, _S1).status == 201


def test_a_link_is_not_more_than_the_token_that_makes_it(tenant: TestTenant) -> None:
    Given(tenant).supplier()
    writer = tenant.client_with("webhooks:write", party=PartyType.SUPPLIER, party_id="S1")
    refused(writer.post(_PATH, {}), 403, "insufficient_scope", requiredScope="webhooks:read")
    assert links(tenant) == []


def test_a_party_has_twenty_open_pages_at_most(tenant: TestTenant) -> None:
    Given(tenant).supplier()
    made = [tenant.operator.post(_PATH, _S1) for _ in range(20)]
    assert {answer.status for answer in made} == {201}
    refused(tenant.operator.post(_PATH, _S1), 409, "invalid_state", maximum=20)
    assert tenant.operator.post(f"{_PATH}/{made[0].json['pageId']}/revoke", b"").status == 200
    assert tenant.operator.post(_PATH, _S1).status == 201
    with as_tenant(tenant.id):
        ended = datetime.now(UTC) - timedelta(days=31)
        rows = PageLink.objects.filter(tenant_id=tenant.id)
        rows.update(created_at=ended - timedelta(days=1), expires_at=ended)
    assert tenant.operator.post(_PATH, _S1).status == 201
    assert len(links(tenant)) == 1  # what ended a month ago is forgotten


def test_an_archived_party_gets_no_page(tenant: TestTenant) -> None:
    Given(tenant).supplier()
    assert tenant.operator.patch("/v1/suppliers/S1", {"status": "archived", "version": 1}).status == 200
    refused(tenant.operator.post(_PATH, _S1), 409, "invalid_state")


def test_a_revoked_page_stays_revoked_since_the_first_time(tenant: TestTenant) -> None:
    partner = Partner(tenant)
    link = partner.link()
    visitor = Visitor.by(link)
    path = f"{_PATH}/{visitor.home.removeprefix('/partner/')}/revoke"
    first = partner.client.request("POST", path)
    assert (first.status, first.json["party"]) == (200, {"type": "supplier", "id": "S1"})
    again = tenant.operator.request("POST", path)
    assert again.json["revokedAt"] == first.json["revokedAt"]
    assert [visitor.get().status_code, Client().get(link).status_code] == [410, 410]


def test_staff_make_a_link_from_a_webhook_and_see_if_it_was_followed(tenant: TestTenant) -> None:
    partner = Partner(tenant)
    person, desk = browser_of(tenant.row, Role.TENANT_ADMIN)
    url = f"/admin/webhooks/webhook/{partner.webhook_id.replace('_', '_5F')}/give-page/"
    form = {
        name: re.search(rf'name="{name}" value="([^"]+)"', desk.get(url).content.decode())[1]  # type: ignore[index]
        for name in ("key", "tenant")
    }
    shown = desk.post(url, {**form, "lasts": 3600})
    link = re.search(r"<code[^>]*>(http[^<]+)</code>", shown.content.decode())
    assert link is not None
    assert "no-store" in shown["Cache-Control"]
    replayed = desk.post(url, {**form, "lasts": 3600})
    assert (replayed.status_code, "/partner/open" in replayed.content.decode()) == (409, False)
    (row,) = links(tenant)
    assert (row.made_by, row.party_id, row.opened_at) == (-person.pk, "S1", None)
    visitor = Visitor.by(local(link[1]))
    assert partner.webhook_id in visitor.text()
    assert links(tenant)[0].opened_at is not None
    listed = desk.get("/admin/webhooks/pagelink/").content.decode()
    page = desk.get(f"/admin/webhooks/pagelink/{row.pk.replace('_', '_5F')}/change/").content.decode()
    for text in (listed, page):
        assert person.username in text
        assert row.token_hash not in text
    # Who may not give a page any more has given none.
    Membership.objects.filter(user=person).update(role=Role.STOCK_OPERATOR)
    assert visitor.get().status_code == 403
    Membership.objects.filter(user=person).update(role=Role.TENANT_ADMIN)
    assert visitor.get().status_code == 200
    person.is_active = False
    person.save()
    assert visitor.get().status_code == 403


def test_staff_revoke_a_page(tenant: TestTenant) -> None:
    partner = Partner(tenant)
    visitor = Visitor.by(partner.link())
    _, desk = browser_of(tenant.row, Role.TENANT_ADMIN)
    (row,) = links(tenant)
    url = f"/admin/webhooks/pagelink/{row.pk.replace('_', '_5F')}/revoke-page/"
    form = {
        name: re.search(rf'name="{name}" value="([^"]+)"', desk.get(url).content.decode())[1]  # type: ignore[index]
        for name in ("key", "tenant")
    }
    assert desk.post(url, form).status_code == 302
    assert visitor.get().status_code == 410


def test_the_tenant_s_own_webhooks_need_no_page(tenant: TestTenant) -> None:
    hook = tenant.operator.post("/v1/webhooks", {"url": "https://127.0.0.1/", "eventTypes": ["*"]}).json
    _, desk = browser_of(tenant.row, Role.TENANT_ADMIN)
    url = f"/admin/webhooks/webhook/{hook['webhookId'].replace('_', '_5F')}/give-page/"
    form = {
        name: re.search(rf'name="{name}" value="([^"]+)"', desk.get(url).content.decode())[1]  # type: ignore[index]
        for name in ("key", "tenant")
    }
    answer = desk.post(url, {**form, "lasts": 3600})
    assert (answer.status_code, "its people have the admin" in answer.content.decode()) == (409, True)
    assert links(tenant) == []
