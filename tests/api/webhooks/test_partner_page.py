"""A partner's page: what it shows and does, and who is not let in."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.access.models import Application
from apps.access.principals import forget_everything
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.types import TenantStatus
from apps.webhooks.models import Attempt, Delivery, PageLink, Webhook, WebhookSecret
from tests.support.api import TestTenant
from tests.support.partner_page import Partner, Visitor, local
from tests.support.stock import Given

_WRITES: dict[str, dict[str, Any]] = {
    "test": {},
    "status": {"status": "paused"},
    "resend": {"attempt": 1},
    "secret": {"overlap": 3600},
}


@pytest.fixture
def partner(tenant: TestTenant) -> Partner:
    return Partner(tenant)


@pytest.fixture
def visitor(partner: Partner) -> Visitor:
    return Visitor.by(partner.link())


def webhook_of(tenant: TestTenant, webhook_id: str) -> Webhook:
    with as_tenant(tenant.id):
        return Webhook.objects.get(tenant_id=tenant.id, pk=webhook_id)


def stored(tenant: TestTenant) -> list[Any]:
    """Return all that a page's forms could change."""
    models: tuple[Any, ...] = (Webhook, WebhookSecret, Delivery, Attempt)
    with as_tenant(tenant.id):
        return [list(model.objects.filter(tenant_id=tenant.id).order_by("pk").values_list()) for model in models]


def change_links(tenant: TestTenant, **values: Any) -> None:
    with as_tenant(tenant.id):
        assert PageLink.objects.filter(tenant_id=tenant.id).update(**values) == 1


def assert_closed(answer: Any, status: int, says: str) -> None:
    assert (answer.status_code, answer["Cache-Control"]) == (status, "no-store")
    assert says in answer.content.decode()
    assert "whk_" not in answer.content.decode()


def test_a_link_leads_to_the_party_s_webhooks_and_leaves_no_token_behind(partner: Partner) -> None:
    link = partner.link()
    token = link.partition("token=")[2]
    browser = Client()
    opened = browser.get(link)
    cookie = opened.cookies["partner_page"]
    home = cookie["path"]
    assert home.startswith("/partner/pag_")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    assert 86_000 < int(cookie["max-age"]) <= 86_400
    assert (opened["Cache-Control"], opened["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert token not in opened.content.decode()
    assert token.partition(".")[2] not in cookie.value
    page = browser.get(home)
    text = page.content.decode()
    assert "Webhooks of Supplier S1" in text
    assert partner.webhook_id in text
    assert token not in text
    policy = page["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in text


def test_only_a_hash_of_the_token_is_stored(partner: Partner) -> None:
    token = partner.link().partition("token=")[2]
    with as_tenant(partner.tenant.id):
        rows = list(PageLink.objects.filter(tenant_id=partner.tenant.id).values_list())
    assert len(rows) == 1
    assert token.partition(".")[2] not in repr(rows)


def test_a_link_may_be_followed_again_while_it_lasts(partner: Partner) -> None:
    link = partner.link()
    for _ in range(2):
        assert partner.webhook_id in Visitor.by(link).text()


def test_it_shows_what_was_tried_and_what_waits(partner: Partner, visitor: Visitor) -> None:
    partner.failed_once()
    overview = visitor.text()
    assert '<span class="badge bad">failing</span> since' in overview
    assert "3 failures in a row" in overview
    text = visitor.text(f"/webhooks/{partner.webhook_id}")
    for said in (
        "S1/P1 #1",
        "HTTP 500",
        "31 ms",
        "The receiver answered 500.",
        "failed, will retry",
        "waiting",
        "1 try since",
    ):
        assert said in text, said
    assert "<b>out of order</b>" not in text
    assert "&lt;b&gt;out of order&lt;/b&gt;" in text


def test_what_was_never_sent_to_the_party_does_not_show(partner: Partner, visitor: Visitor) -> None:
    partner.failed_once()
    with as_tenant(partner.tenant.id):
        Delivery.objects.filter(tenant_id=partner.tenant.id).update(sent_at=None)
        delivery = Delivery.objects.get(tenant_id=partner.tenant.id)
    text = visitor.text(f"/webhooks/{partner.webhook_id}")
    assert "1 try since" not in text
    assert re.search(r"<dt>Waiting</dt><dd>0<", text)
    before = stored(partner.tenant)
    assert visitor.post(f"/webhooks/{partner.webhook_id}/resend", delivery=delivery.pk).status_code == 404
    assert stored(partner.tenant) == before


def test_older_deliveries_are_a_page_further(partner: Partner, visitor: Visitor) -> None:
    partner.failed_once()
    with as_tenant(partner.tenant.id):
        first = Attempt.objects.get(tenant_id=partner.tenant.id)
        for number in range(1, 61):
            first.pk, first.delivery_id, first.sequence = None, first.delivery_id + 1, 1000 + number
            first.at += (
                timedelta(seconds=1) if number % 3 == 1 else timedelta()
            )  # three of each moment: one page ends inside
            first.save(force_insert=True)
    text = visitor.text(f"/webhooks/{partner.webhook_id}")
    found = re.findall(r"S1/P1 #(1\d{3}|1)</span>", text)
    older = re.search(r'href="[^"]+(\?before=[0-9.]+)#recent"', text)
    assert older is not None
    rest = re.findall(r"S1/P1 #(1\d{3}|1)</span>", visitor.text(f"/webhooks/{partner.webhook_id}{older[1]}"))
    assert (len(found[1:]), len(rest)) == (50, 11)  # the first is the one that waits
    assert sorted([*found[1:], *rest], key=int) == ["1", *(str(1000 + number) for number in range(1, 61))]
    for odd in ("x", "1.", "9" * 19 + ".1", "999999999999999999.1", "%00"):
        assert visitor.get(f"/webhooks/{partner.webhook_id}?before={odd}").status_code in {400, 404}, odd


def test_a_test_event_is_written_for_this_webhook(partner: Partner, visitor: Visitor) -> None:
    answer = visitor.post(f"/webhooks/{partner.webhook_id}/test", follow=True)
    assert "The test event is on its way" in answer.content.decode()
    assert webhook_of(partner.tenant, partner.webhook_id).told == 1


def test_a_webhook_is_paused_and_resumed(partner: Partner, visitor: Visitor) -> None:
    here = f"/webhooks/{partner.webhook_id}"
    assert visitor.post(f"{here}/status", status="paused").status_code == 303
    assert webhook_of(partner.tenant, partner.webhook_id).status == "paused"
    refused = visitor.post(f"{here}/test")
    assert (refused.status_code, "Only an active webhook can be tested." in refused.content.decode()) == (409, True)
    assert "Send a test event" not in visitor.text(here)
    assert visitor.post(f"{here}/status", status="active").status_code == 303
    assert webhook_of(partner.tenant, partner.webhook_id).status == "active"
    assert visitor.post(f"{here}/status", status="disabled").status_code == 400


@pytest.mark.parametrize("by", ["attempt", "delivery"])
def test_a_delivery_is_due_again_at_once(partner: Partner, visitor: Visitor, by: str) -> None:
    partner.failed_once()
    name = "attempt" if by == "attempt" else "delivery"
    text = visitor.text(f"/webhooks/{partner.webhook_id}")
    named = re.search(rf'name="{name}" value="(\d+)"', text)
    assert named is not None
    answer = visitor.post(f"/webhooks/{partner.webhook_id}/resend", follow=True, **{name: named[1]})
    assert "The event is due again" in answer.content.decode()
    with as_tenant(partner.tenant.id):
        delivery = Delivery.objects.get(tenant_id=partner.tenant.id)
    assert delivery.due_at <= datetime.now(UTC)
    assert delivery.attempts == 0


def test_a_secret_is_rotated_and_shown_once(partner: Partner, visitor: Visitor) -> None:
    path, key = f"/webhooks/{partner.webhook_id}/secret", str(uuid4())
    assert "whsec_" not in visitor.text(path)
    answer = visitor.post(path, overlap=3600, key=key)
    shown = re.search(r"whsec_[A-Za-z0-9+/=]+", answer.content.decode())
    assert shown is not None
    assert answer["Cache-Control"] == "no-store"
    again = visitor.post(path, overlap=3600, key=key)
    assert (again.status_code, "whsec_" in again.content.decode()) == (409, False)
    with as_tenant(partner.tenant.id):
        assert WebhookSecret.objects.filter(tenant_id=partner.tenant.id).count() == 2
    assert visitor.post(path, overlap=0).status_code == 200
    with as_tenant(partner.tenant.id):
        assert WebhookSecret.objects.filter(tenant_id=partner.tenant.id).count() == 1
    before = stored(partner.tenant)
    assert visitor.post(path, overlap=604_801).status_code == 400
    assert stored(partner.tenant) == before


def test_a_form_that_is_sent_twice_counts_once(partner: Partner, visitor: Visitor) -> None:
    key = str(uuid4())
    for _ in range(2):
        assert visitor.post(f"/webhooks/{partner.webhook_id}/test", key=key).status_code == 303
    assert webhook_of(partner.tenant, partner.webhook_id).told == 1
    assert visitor.post(f"/webhooks/{partner.webhook_id}/test", key="mine").status_code == 400


def test_another_party_s_webhook_answers_as_one_that_is_not_there(
    partner: Partner, visitor: Visitor, other_tenant: TestTenant
) -> None:
    partner.failed_once()
    staff = partner.tenant.operator.post("/v1/webhooks", {"url": "https://127.0.0.1/", "eventTypes": ["*"]}).json
    others = [Partner(partner.tenant, "S2").webhook_id, Partner(other_tenant).webhook_id, str(staff["webhookId"])]
    retailer = partner.tenant.retailer("S1").post("/v1/webhooks", {"url": "https://127.0.0.1/", "eventTypes": ["*"]})
    others.append(str(retailer.json["webhookId"]))  # a retail partner of the same code is another party
    assert not any(each in visitor.text() for each in others)
    before = stored(partner.tenant), stored(other_tenant)
    absent = visitor.get("/webhooks/whk_00000000000000000000000000")
    assert_closed(absent, 404, "Not here")
    for each in others:
        for path in ("", "/secret"):
            answer = visitor.get(f"/webhooks/{each}{path}")
            assert (answer.status_code, answer.content) == (404, absent.content), (each, path)
        for path, values in _WRITES.items():
            answer = visitor.post(f"/webhooks/{each}/{path}", **values)
            assert (answer.status_code, answer.content) == (404, absent.content), (each, path)
    assert (stored(partner.tenant), stored(other_tenant)) == before


def test_another_webhook_s_attempt_is_not_sent_again(partner: Partner, visitor: Visitor) -> None:
    partner.failed_once()
    with as_tenant(partner.tenant.id):
        attempt = Attempt.objects.get(tenant_id=partner.tenant.id)
    second = partner.subscribe("https://127.0.0.1:8443/second")
    other = Partner(partner.tenant, "S2")
    before = stored(partner.tenant)
    assert visitor.post(f"/webhooks/{second}/resend", attempt=attempt.pk).status_code == 404
    theirs = Visitor.by(other.link())
    assert theirs.post(f"/webhooks/{other.webhook_id}/resend", attempt=attempt.pk).status_code == 404
    assert visitor.post(f"/webhooks/{partner.webhook_id}/resend").status_code == 404
    assert stored(partner.tenant) == before


def test_a_link_that_is_wrong_expired_or_revoked_does_not_open(partner: Partner, other_tenant: TestTenant) -> None:
    link = partner.link()
    token = link.partition("token=")[2]
    random = token.partition(".")[2]
    for wrong in ("", "x", token[:-1], f"{other_tenant.row.code}.{random}", f".{random}", "é.ü"):
        answer = Client().get("/partner/open", {"token": wrong})
        assert_closed(answer, 404, "This link leads nowhere")
        assert "partner_page" not in answer.cookies
    visitor = Visitor.by(link)
    past = datetime.now(UTC) - timedelta(seconds=1)
    change_links(partner.tenant, expires_at=past, created_at=past - timedelta(hours=1))
    for answer in (Client().get(link), visitor.get()):
        assert_closed(answer, 410, "This link has expired")
    change_links(partner.tenant, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert visitor.get().status_code == 200
    change_links(partner.tenant, revoked_at=past)
    for answer in (Client().get(link), visitor.get(), visitor.post(f"/webhooks/{partner.webhook_id}/test")):
        assert_closed(answer, 410, "This link was revoked")


def test_who_is_suspended_is_shown_out(partner: Partner) -> None:
    staff = partner.tenant.operator
    body = {"party": {"type": "supplier", "id": "S1"}}
    link = local(staff.post("/v1/webhooks/pages", body).json["url"])
    visitor = Visitor.by(link)
    assert visitor.get().status_code == 200

    def refused(says: str) -> None:
        for answer in (Client().get(link), visitor.get(), visitor.post(f"/webhooks/{partner.webhook_id}/test")):
            assert_closed(answer, 403, says)

    tenant = partner.tenant.row
    for status in (TenantStatus.SUSPENDED, TenantStatus.ACTIVE):
        tenant.status = status
        tenant.save()
        if status == TenantStatus.SUSPENDED:
            refused("The account is suspended")
    assert visitor.get().status_code == 200

    clients = Application.objects.filter(tenant_id=tenant.pk)
    clients.filter(party_id="S1").update(disabled_at=datetime.now(UTC))
    refused("Your company&#x27;s access is suspended")
    clients.filter(party_id="S1").update(disabled_at=None)
    assert staff.patch("/v1/suppliers/S1", {"status": "archived", "version": 1}).status == 200
    refused("Your company&#x27;s access is suspended")
    assert staff.patch("/v1/suppliers/S1", {"status": "active", "version": 2}).status == 200

    clients.filter(party_type="tenant").update(disabled_at=datetime.now(UTC))
    refused("Who made it may not give it any more")
    clients.filter(party_type="tenant").update(disabled_at=None, expires_at=datetime.now(UTC))
    refused("Who made it may not give it any more")
    clients.filter(party_type="tenant").update(expires_at=None, allowed_scopes=["webhooks:read"])
    refused("Who made it may not give it any more")
    clients.filter(party_type="tenant").update(allowed_scopes=["webhooks:write"], allowed_networks=["192.0.2.0/24"])
    refused("Not from this network")
    clients.filter(party_type="tenant").update(allowed_networks=["127.0.0.0/8"])
    assert visitor.get().status_code == 200
    forget_everything()


def test_forms_of_other_sites_are_refused(partner: Partner) -> None:
    browser = Client(enforce_csrf_checks=True)
    visitor = Visitor.by(partner.link(), browser)
    before = stored(partner.tenant)
    for path, values in _WRITES.items():
        assert visitor.post(f"/webhooks/{partner.webhook_id}/{path}", **values).status_code == 403
    for path in ("/leave", "/end"):
        assert visitor.post(path).status_code == 403
    assert stored(partner.tenant) == before
    text = visitor.text(f"/webhooks/{partner.webhook_id}")
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', text)
    assert token is not None
    sent = visitor.post(f"/webhooks/{partner.webhook_id}/test", csrfmiddlewaretoken=token[1])
    assert sent.status_code == 303
    elsewhere = browser.post(
        f"{visitor.home}/webhooks/{partner.webhook_id}/test",
        {"key": str(uuid4()), "csrfmiddlewaretoken": token[1]},
        headers={"origin": "https://evil.example"},
    )
    assert elsewhere.status_code == 403


def test_nothing_changes_by_reading(partner: Partner, visitor: Visitor) -> None:
    before = stored(partner.tenant)
    for path in ("test", "status", "resend"):
        answer = visitor.get(f"/webhooks/{partner.webhook_id}/{path}")
        assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert stored(partner.tenant) == before


def test_the_session_is_good_for_its_page_alone(partner: Partner, visitor: Visitor) -> None:
    cookie = visitor.browser.cookies["partner_page"].value
    other = Visitor.by(Partner(partner.tenant, "S2").link())
    carried = {"partner_page": cookie, "sessionid": cookie}
    stranger = Client(headers={"cookie": "; ".join(f"{name}={value}" for name, value in carried.items())})
    assert_closed(stranger.get(other.home), 403, "Open your link first")
    admin = stranger.get("/admin/")
    assert (admin.status_code, admin["Location"].split("?")[0]) == (302, "/admin/login/")
    assert stranger.get("/v1/webhooks").status_code == 401
    assert stranger.get("/v1/webhooks", headers={"authorization": f"Bearer {cookie}"}).status_code == 401
    token = partner.link().partition("token=")[2]
    assert stranger.get("/v1/webhooks", headers={"authorization": f"Bearer {token}"}).status_code == 401
    # As it was given it still opens its own page, spoiled it opens none.
    assert stranger.get(visitor.home).status_code == 200
    for spoiled in ("", cookie[:-1], cookie.replace(":", ".", 1), "a:b:c"):
        assert_closed(Client(headers={"cookie": f"partner_page={spoiled}"}).get(visitor.home), 403, "Open your link")


def test_leaving_forgets_this_browser_and_ending_everybody(partner: Partner) -> None:
    link = partner.link()
    first, second = Visitor.by(link), Visitor.by(link)
    assert "This browser has left" in first.post("/leave").content.decode()
    assert_closed(first.get(), 403, "Open your link first")
    assert second.get().status_code == 200
    assert "The page has ended" in second.post("/end").content.decode()
    for answer in (Client().get(link), Visitor(first.browser, first.home).get()):
        assert answer.status_code in {403, 410}
    assert_closed(Client().get(link), 410, "This link was revoked")


def test_text_that_cannot_be_stored_is_refused_before_it_is_looked_for(visitor: Visitor) -> None:
    for path in ("/webhooks/%00", "/webhooks/whk_%00/secret", "%00"):
        assert visitor.get(path).status_code == 400


def test_the_log_names_the_page_and_never_the_token(partner: Partner, capsys: pytest.CaptureFixture[str]) -> None:
    link = partner.link()
    capsys.readouterr()
    visitor = Visitor.by(link)
    visitor.post(f"/webhooks/{partner.webhook_id}/test")
    lines = capsys.readouterr().out
    assert link.partition("token=")[2].partition(".")[2] not in lines
    assert visitor.browser.cookies["partner_page"].value not in lines
    said = [json.loads(line) for line in lines.splitlines() if '"partner_page"' in line]
    assert [(each["action"], each["page"]) for each in said] == [
        (action, visitor.home.removeprefix("/partner/")) for action in ("open", "test")
    ]


def test_the_overview_asks_as_often_for_three_webhooks_as_for_one(partner: Partner, visitor: Visitor) -> None:
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            visitor.text()
        counts.append(len(queries))
        partner.subscribe("https://127.0.0.1:8443/b")
        partner.subscribe("https://127.0.0.1:8443/c")
    assert counts[0] == counts[1]


def test_a_retail_partner_has_a_page_too(tenant: TestTenant) -> None:
    Given(tenant).partner("R1")
    made = tenant.retailer("R1").post("/v1/webhooks/pages", {}).json
    assert made["party"] == {"type": "retailPartner", "id": "R1"}
    assert made["url"].startswith(f"{settings.PUBLIC_URL}/partner/open?token={tenant.row.code}.")
    assert "There is no webhook yet" in Visitor.by(local(made["url"])).text()
