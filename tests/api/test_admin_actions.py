"""Actions of the admin: who may, whose rows, once, and what is shown."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client

from apps.access.models import Application
from apps.inventory.models import StockItem, StockLevel
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.actions import TenantActions
from apps.tenancy.models import User
from apps.tenancy.roles import PERMITTED, Action
from apps.tenancy.types import Role, TenantStatus
from apps.transactions.models import StockTransaction
from apps.webhooks.models import Attempt, Delivery, WebhookSecret
from tests.factories.master_data import make_product, make_retail_partner
from tests.support.api import TestTenant
from tests.support.dashboard import fan_out
from tests.support.orders import Placed, order_body
from tests.support.people import browser_of
from tests.support.stock import Given, Item, nothing_moves, relay

_ITEM_LIST = "/admin/inventory/stockitem/"


class Desk:
    """A tenant with one of everything that an action is about, and people of every role."""

    def __init__(self, tenant: TestTenant) -> None:
        self.tenant = tenant
        self.item: Item = Given(tenant).stocked(10)
        hook = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}
        self.webhook = str(tenant.operator.post("/v1/webhooks", hook).json["webhookId"])
        self.item.posted("receipt", 1, warehouseLocation="W1")
        fan_out(tenant)
        self._order()
        page = tenant.operator.post("/v1/webhooks/pages", {"party": {"type": "supplier", "id": "S1"}})
        self.page_id = str(page.json["pageId"])
        self.client = Application.objects.get(client_id=tenant.operator.credentials.client_id)
        with as_tenant(tenant.id):
            self.item_id = StockItem.objects.get(tenant_id=tenant.id, product_id="P1").pk
            self.level_id = StockLevel.objects.get(tenant_id=tenant.id).pk
            self.delivery_id = Delivery.objects.get(tenant_id=tenant.id).pk

    def _order(self) -> None:
        """Have something ordered that was never in stock."""
        make_product(self.tenant, "P2")
        make_retail_partner(self.tenant, "R1")
        line = {"productId": "P2", "quantity": 1, "backorder": True}
        Placed.placed(self.tenant, order_body(self.item, 1, orderId="O1", items=[line]))

    def sql(self, statement: str, *values: Any) -> None:
        """Run a statement as the dispatcher would, whose work is not the subject here."""
        with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
            relaying.execute(statement, values)

    def person(self, role: Role) -> tuple[User, Client]:
        """Return somebody of a role, and their browser."""
        return browser_of(self.tenant.row, role)

    def url(self, action: Action) -> str:
        """Return where the action's form is."""
        return {
            Action.ADJUST_STOCK: f"{_ITEM_LIST}{self.item_id}/adjust-stock/",
            Action.CONFIRM_ORDER: "/admin/orders/order/O1/confirm-order/",
            Action.CANCEL_ORDER: "/admin/orders/order/O1/cancel-order/",
            Action.REDELIVER: f"/admin/webhooks/delivery/{self.delivery_id}/redeliver/",
            Action.TEST_WEBHOOK: f"/admin/webhooks/webhook/{self.webhook.replace('_', '_5F')}/test-webhook/",
            Action.ROTATE_WEBHOOK_SECRET: (
                f"/admin/webhooks/webhook/{self.webhook.replace('_', '_5F')}/rotate-webhook-secret/"
            ),
            Action.GIVE_PAGE: "/admin/webhooks/pagelink/give-page/",
            Action.REVOKE_PAGE: f"/admin/webhooks/pagelink/{self.page_id.replace('_', '_5F')}/revoke-page/",
            Action.ISSUE_CLIENT: "/admin/access/application/issue-client/",
            Action.ROTATE_CLIENT_SECRET: f"/admin/access/application/{self.client.pk}/rotate-client-secret/",
            Action.SUSPEND_CLIENT: f"/admin/access/application/{self.client.pk}/suspend-client/",
            Action.REACTIVATE_CLIENT: f"/admin/access/application/{self.client.pk}/reactivate-client/",
        }[action]

    def form(self, action: Action, **changed: Any) -> dict[str, Any]:
        """Return a form that is right."""
        values: dict[Action, dict[str, Any]] = {
            Action.ADJUST_STOCK: {"level": self.level_id, "quantity": -3, "reason": "found broken", "reference": ""},
            Action.ROTATE_WEBHOOK_SECRET: {"overlap": 3600},
            Action.GIVE_PAGE: {"party": "supplier", "party_id": "S1", "lasts": 3600},
            Action.ISSUE_CLIENT: {"name": "Scanner", "party": "supplier", "party_id": "S1"},
            Action.ROTATE_CLIENT_SECRET: {"overlap": 3600},
        }
        return {"key": str(uuid4()), "tenant": self.tenant.row.code, **values.get(action, {}), **changed}

    def clients(self) -> list[Any]:
        """Return all that is stored of the tenant's clients."""
        return list(Application.objects.filter(tenant_id=self.tenant.id).order_by("pk").values_list())

    def same_clients(self) -> AbstractContextManager[None]:
        """Assert that the block changes no client."""
        return _Same(self.clients)


class _Same:
    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def __enter__(self) -> None:
        self._before = self._read()

    def __exit__(self, *details: object) -> None:
        assert self._read() == self._before


@pytest.fixture
def desk(tenant: TestTenant) -> Desk:
    return Desk(tenant)


def shown_secret(page: str) -> str:
    """Return the secret on a page that shows one."""
    return str(re.findall(r"<code[^>]*>([^<]+)</code>", page)[1])


def test_every_action_has_a_button_and_every_button_a_role() -> None:
    offered = {
        getattr(type(pages), name).permitted_action
        for pages in admin.site._registry.values()
        if isinstance(pages, TenantActions)
        for name in (*pages.actions_detail, *pages.actions_list)
    }
    assert offered == set(Action)
    assert frozenset().union(*PERMITTED.values()) == set(Action)
    assert PERMITTED[Role.AUDITOR] == set()
    assert PERMITTED[Role.STOCK_OPERATOR] == {
        Action.ADJUST_STOCK,
        Action.CONFIRM_ORDER,
        Action.CANCEL_ORDER,
        Action.REDELIVER,
        Action.TEST_WEBHOOK,
    }


@pytest.mark.parametrize("role", list(Role))
def test_roles_and_actions(tenant: TestTenant, role: Role) -> None:
    desk = Desk(tenant)
    _, browser = desk.person(role)
    for action in Action:
        may = action in PERMITTED[role]
        assert browser.get(desk.url(action)).status_code == (200 if may else 403), action
        unchanged: Any = nothing_moves(tenant) if not may else nullcontext()
        clients: Any = desk.same_clients() if not may else nullcontext()
        with unchanged, clients:
            answer = browser.post(desk.url(action), desk.form(action))
        assert answer.status_code in ({200, 302} if may else {403}), (action, answer.status_code)


@pytest.mark.parametrize("role", list(Role))
def test_a_page_offers_what_the_role_may_do(desk: Desk, role: Role) -> None:
    _, browser = desk.person(role)
    page_of_action = {
        action: browser.get(re.sub(r"[^/]+/$", "", desk.url(action)), follow=True).content.decode() for action in Action
    }
    offered = {action for action, page in page_of_action.items() if desk.url(action) in page}
    # Who is not suspended is not reactivated.
    assert offered == PERMITTED[role] - {Action.REACTIVATE_CLIENT}


def test_another_tenant_s_object_answers_as_absent(desk: Desk, other_tenant: TestTenant) -> None:
    _, stranger = browser_of(other_tenant.row, Role.TENANT_ADMIN)
    with nothing_moves(desk.tenant), desk.same_clients():
        for action in set(Action) - {Action.GIVE_PAGE, Action.ISSUE_CLIENT}:
            absent = re.sub(r"/[^/]+/([^/]+)/$", r"/99999999999/\1/", desk.url(action))
            for url in (desk.url(action), absent, absent.replace("99999999999", "no-number")):
                answers = stranger.get(url), stranger.post(url, desk.form(action))
                assert [answer.status_code for answer in answers] == [404, 404], url


def test_nobody_acts_without_signing_in_or_with_another_site_s_form(desk: Desk) -> None:
    user, _ = desk.person(Role.TENANT_ADMIN)
    guarded = Client(enforce_csrf_checks=True)
    guarded.force_login(user)
    with nothing_moves(desk.tenant), desk.same_clients():
        for action in Action:
            answer = Client().post(desk.url(action), desk.form(action))
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
            assert guarded.post(desk.url(action), desk.form(action)).status_code == 403


def test_in_a_suspended_tenant_everybody_looks_and_nobody_acts(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    desk.tenant.row.status = TenantStatus.SUSPENDED
    desk.tenant.row.save()
    assert browser.get(_ITEM_LIST).status_code == 200
    with nothing_moves(desk.tenant), desk.same_clients():
        for action in Action:
            assert browser.post(desk.url(action), desk.form(action)).status_code == 403


def test_a_superuser_without_the_role_acts_no_more_than_others(desk: Desk) -> None:
    user, browser = desk.person(Role.AUDITOR)
    user.is_superuser = True
    user.save()
    with nothing_moves(desk.tenant), desk.same_clients():
        for action in Action:
            assert browser.post(desk.url(action), desk.form(action)).status_code == 403


def test_what_people_and_clients_write_is_text(desk: Desk) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    said = "<script>alert(1)</script>"
    form = desk.form(Action.ADJUST_STOCK, reason=said, reference=said)
    page = browser.post(desk.url(Action.ADJUST_STOCK), form, follow=True).content.decode()
    ledger = browser.get("/admin/transactions/stocktransaction/").content.decode()
    desk.item.posted("sale", 1, reference=said)
    relay()
    for text in (page, ledger, browser.get("/admin/").content.decode()):
        assert said not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_an_adjustment_stands_in_the_ledger_with_its_reason_and_its_person(desk: Desk) -> None:
    user, browser = desk.person(Role.STOCK_OPERATOR)
    answer = browser.post(desk.url(Action.ADJUST_STOCK), desk.form(Action.ADJUST_STOCK), follow=True)
    page = answer.content.decode()
    assert "Booked -3. On hand is 8." in page
    with as_tenant(desk.tenant.id):
        entry = StockTransaction.objects.filter(tenant_id=desk.tenant.id).latest("id")
    assert (entry.type, entry.on_hand_change, entry.on_hand_after, entry.reason) == (
        "adjustment", -3, 8, "found broken",
    )  # fmt: skip
    assert (entry.application_id, entry.party_type, entry.party_id) == (-user.pk, "tenant", "")
    assert re.fullmatch("[0-9a-f]{32}", entry.request_id)
    for where in (page, browser.get("/admin/transactions/stocktransaction/").content.decode()):
        assert user.username in where
        assert "found broken" in where
    assert desk.item.balances == (8, 0, 0, 8)


def test_a_form_that_is_sent_twice_counts_once(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    adjust, url = desk.form(Action.ADJUST_STOCK), desk.url(Action.ADJUST_STOCK)
    assert [browser.post(url, adjust).status_code for _ in range(2)] == [302, 302]
    assert desk.item.balances == (8, 0, 0, 8)
    # The same key with another quantity is another request, and is refused.
    assert browser.post(url, {**adjust, "quantity": -1}).status_code == 422
    assert desk.item.balances == (8, 0, 0, 8)
    for action in (Action.ISSUE_CLIENT, Action.ROTATE_CLIENT_SECRET, Action.ROTATE_WEBHOOK_SECRET):
        form = desk.form(action)
        assert browser.post(desk.url(action), form).status_code == 200
        with desk.same_clients():
            again = browser.post(desk.url(action), form)
        assert again.status_code == 409
        assert "shown" in again.content.decode()
        assert "whsec_" not in again.content.decode()
    with as_tenant(desk.tenant.id):
        assert WebhookSecret.objects.filter(tenant_id=desk.tenant.id).count() == 2


def test_each_form_has_a_fresh_key(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    pages = [browser.get(desk.url(Action.ADJUST_STOCK)) for _ in range(2)]
    keys = [re.findall(r'name="key" value="([0-9a-f-]{36})"', page.content.decode()) for page in pages]
    assert [len(found) for found in keys] == [1, 1]
    assert keys[0] != keys[1]
    assert "no-store" in pages[0]["Cache-Control"]


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"reason": ""}, 422, "This field is required."),
        ({"reason": "  "}, 422, "This field is required."),
        ({"quantity": 0}, 400, "its quantity is not 0"),
        ({"quantity": -100}, 409, "not enough"),
        ({"quantity": "many"}, 422, "Enter a whole number."),
        ({"level": 99999999}, 422, "Select a valid choice."),
        ({"key": ""}, 422, ""),
        ({"reason": "a\x00b"}, 422, "Null characters are not allowed."),
    ],
)
def test_a_wrong_adjustment_is_refused_and_nothing_moves(
    desk: Desk, changed: dict[str, Any], status: int, says: str
) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    with nothing_moves(desk.tenant):
        answer = browser.post(desk.url(Action.ADJUST_STOCK), desk.form(Action.ADJUST_STOCK, **changed))
    assert answer.status_code == status
    assert says.lower() in answer.content.decode().lower()


def test_a_secret_is_shown_once_and_kept_nowhere(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    for action in (Action.ISSUE_CLIENT, Action.ROTATE_CLIENT_SECRET, Action.ROTATE_WEBHOOK_SECRET):
        answer = browser.post(desk.url(action), desk.form(action))
        secret = shown_secret(answer.content.decode())
        assert len(secret) >= 38, action
        assert "no-store" in answer["Cache-Control"]
        assert "messages" not in answer.cookies
        assert secret not in str(dict(browser.session))
        assert secret not in caplog.text
        for page in ("/admin/", desk.url(action), re.sub(r"[^/]+/$", "", desk.url(action))):
            assert secret not in browser.get(page, follow=True).content.decode()
        with as_tenant(desk.tenant.id), psycopg.connect(settings.DATABASE_RELAY_URL) as relaying:
            facts = relaying.execute(
                "SELECT facts::text FROM outbox_idempotencyrecord WHERE tenant_id = %s", [desk.tenant.id]
            ).fetchall()
        assert secret not in str(facts)


def token_status(tenant: TestTenant, client_id: str, secret: str) -> int:
    """Return what POST /oauth/token answers."""
    answer = Client().post(
        "/oauth/token",
        {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": "products:read"},
    )
    return answer.status_code


def test_an_issued_client_works_and_is_the_tenant_s(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    page = browser.post(desk.url(Action.ISSUE_CLIENT), desk.form(Action.ISSUE_CLIENT)).content.decode()
    client_id, secret = re.findall(r"<code[^>]*>([^<]+)</code>", page)[:2]
    made = Application.objects.get(client_id=client_id)
    assert (made.tenant_id, made.name, made.party_type, made.party_id) == (desk.tenant.id, "Scanner", "supplier", "S1")
    assert token_status(desk.tenant, client_id, secret) == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"party_id": ""},
        {"party": "tenant"},
        {"party_id": "no code!"},
        {"party": "nobody"},
        {"name": ""},
        {"scopes": ["everything:write"]},
        {"party": "retailPartner", "party_id": "R1", "scopes": ["suppliers:read"]},
    ],
)
def test_a_wrong_client_is_not_issued(desk: Desk, changed: dict[str, Any]) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    with desk.same_clients():
        answer = browser.post(desk.url(Action.ISSUE_CLIENT), desk.form(Action.ISSUE_CLIENT, **changed))
    assert answer.status_code in {400, 422}


def test_after_a_rotation_two_secrets_live_and_a_third_does_not(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    url, client_id = desk.url(Action.ROTATE_CLIENT_SECRET), desk.client.client_id
    secrets = [desk.tenant.operator.credentials.client_secret]
    for overlap in (3600, 3600):
        page = browser.post(url, desk.form(Action.ROTATE_CLIENT_SECRET, overlap=overlap)).content.decode()
        secrets.append(shown_secret(page))
    assert [token_status(desk.tenant, client_id, secret) for secret in secrets] == [401, 200, 200]
    page = browser.post(url, desk.form(Action.ROTATE_CLIENT_SECRET, overlap=0)).content.decode()
    secrets.append(shown_secret(page))
    assert [token_status(desk.tenant, client_id, secret) for secret in secrets] == [401, 401, 401, 200]


def test_a_suspended_client_stops_at_once_and_its_tokens_stay_dead(desk: Desk) -> None:
    _, browser = desk.person(Role.TENANT_ADMIN)
    operator = desk.tenant.operator
    assert operator.get("/v1/products").status == 200  # known from now on
    assert browser.post(desk.url(Action.SUSPEND_CLIENT), desk.form(Action.SUSPEND_CLIENT)).status_code == 302
    assert operator.get("/v1/products").json["code"] == "invalid_token"
    credentials = operator.credentials
    assert token_status(desk.tenant, credentials.client_id, credentials.client_secret) == 401
    assert browser.post(desk.url(Action.REACTIVATE_CLIENT), desk.form(Action.REACTIVATE_CLIENT)).status_code == 302
    assert token_status(desk.tenant, credentials.client_id, credentials.client_secret) == 200
    assert operator.get("/v1/products").json["code"] == "invalid_token"


def delivery(desk: Desk) -> Delivery:
    with as_tenant(desk.tenant.id):
        return Delivery.objects.get(tenant_id=desk.tenant.id)


def test_a_dead_delivery_goes_due_again_with_all_its_attempts(desk: Desk) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    desk.sql(
        "UPDATE webhooks_delivery SET state = 3, attempts = 14, due_at = now() + interval '1 day' WHERE id = %s",
        desk.delivery_id,
    )
    desk.sql("UPDATE webhooks_lane SET next_due = NULL WHERE webhook_id = %s", desk.webhook)
    before = delivery(desk)
    assert browser.post(desk.url(Action.REDELIVER), desk.form(Action.REDELIVER)).status_code == 302
    after = delivery(desk)
    assert (after.state, after.attempts, after.event_id, after.position, after.key) == (
        0, 0, before.event_id, before.position, before.key,
    )  # fmt: skip
    assert after.due_at < before.due_at
    with as_tenant(desk.tenant.id):
        due = after.webhook.lane.next_due
    assert due is not None
    assert due <= after.due_at


def test_redelivery_of_what_waits_brings_it_forward_and_keeps_the_newer_event(desk: Desk) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    desk.sql(
        "UPDATE webhooks_delivery SET attempts = 5, due_at = now() + interval '1 day' WHERE id = %s", desk.delivery_id
    )
    before = delivery(desk)
    with as_tenant(desk.tenant.id):
        older = Attempt.objects.create(
            tenant_id=desk.tenant.id, webhook_id=desk.webhook, delivery_id=1, position=before.position - 1,
            event_id=uuid4(), type=before.type, subject=before.subject, sequence=1, number=1, coalesced=0,
            outcome="succeeded", sent=True, at=before.first_at,
        )  # fmt: skip
    url = f"/admin/webhooks/attempt/{older.pk}/redeliver/"
    assert browser.post(url, desk.form(Action.REDELIVER)).status_code == 302
    after = delivery(desk)
    assert (after.pk, after.position, after.event_id, after.sequence) == (
        before.pk, before.position, before.event_id, before.sequence,
    )  # fmt: skip
    assert (after.attempts, after.due_at < before.due_at) == (0, True)


def test_nothing_is_redelivered_to_a_webhook_that_is_not_active(desk: Desk) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    desk.tenant.operator.patch(f"/v1/webhooks/{desk.webhook}", {"status": "paused", "version": 1})
    with nothing_moves(desk.tenant):
        answer = browser.post(desk.url(Action.REDELIVER), desk.form(Action.REDELIVER))
    assert answer.status_code == 409
    assert "Only an active webhook" in answer.content.decode()


def test_the_item_page_shows_levels_reservations_and_history_in_the_same_queries(
    desk: Desk, django_assert_num_queries: Any
) -> None:
    _, browser = desk.person(Role.STOCK_OPERATOR)
    page = f"{_ITEM_LIST}{desk.item_id}/change/"
    browser.get(page)
    # Session, user, memberships; BEGIN, the tenant, the item, its three parties, levels, reservations, ledger, COMMIT.
    with django_assert_num_queries(12):
        empty = browser.get(page).content.decode()
    assert "Nothing of this item is reserved." in empty
    for number in range(3):
        desk.item.posted("reservation", 1, reference=f"CART{number}")
        desk.item.posted("receipt", 1, warehouseLocation="W1", batchNumber=f"B{number}")
    with django_assert_num_queries(12):
        full = browser.get(page).content.decode()
    for text in ("CART0", "CART2", "W1 · B0", "W1 · B2", "+1 reserved", "All entries of this item"):
        assert text in full
    history = re.search(r'href="(/admin/transactions/stocktransaction/\?[^"]+)"', full)
    assert history is not None
    assert "CART1" in browser.get(history[1].replace("&amp;", "&")).content.decode()
