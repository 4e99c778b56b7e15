"""GET /v1/events: everything that happened, as the caller may see it."""

from typing import Any

import psycopg
import pytest
from django.conf import settings

from apps.access.scopes import scopes_of_party
from apps.core.context import PartyType
from apps.outbox.commands.keep_log import keep_log
from apps.outbox.unit_of_work import as_tenant
from apps.webhooks.models import Delivery
from tests.support.api import ApiClient, TestTenant
from tests.support.log import age
from tests.support.stock import Given, refused, relay

_PATH = "/v1/events"
_HOOK = {"url": "http://127.0.0.1:20999/hook", "eventTypes": ["*"]}


def _told(client: ApiClient, query: str = "", limit: int = 500) -> list[dict[str, Any]]:
    """Return every event that the client gets, page by page."""
    told: list[dict[str, Any]] = []
    cursor, more = "", True
    while more:
        answer = client.get(f"{_PATH}?limit={limit}{cursor}{query and '&' + query}")
        assert answer.status == 200, answer.json
        told += answer.json["data"]
        cursor, more = f"&cursor={answer.json['nextCursor']}", answer.json["hasMore"]
    return told


def _names(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(event["type"], event["subject"]) for event in events]


def _reservation(events: list[dict[str, Any]]) -> str:
    (subject,) = (event["subject"] for event in events if event["type"] == "reservation.created")
    return str(subject)


@pytest.fixture
def busy(given: Given) -> Given:
    """Return a shop in which things of two suppliers and of a partner happened."""
    given.agreement("R1", "S1")
    given.stocked(10, product="A").posted("reservation", 2)
    given.stocked(6, product="A", warehouse="W2")
    given.stocked(5, supplier="S2", product="B")
    given.stocked(3, supplier="S1", product="A", partner="R1", warehouse="RW")
    relay()
    return given


def test_events_come_in_order_and_once_however_they_are_cut(busy: Given) -> None:
    operator = busy.tenant.operator
    whole = _told(operator)
    reservation = _reservation(whole)
    assert _names(whole) == [
        ("product.created", "A"),
        ("inventory.updated", "S1/A"),
        ("inventory.updated", "S1/A"),
        ("reservation.created", reservation),
        ("inventory.updated", "S1/A"),
        ("product.created", "B"),
        ("inventory.updated", "S2/B"),
        ("inventory.updated", "S1/A/R1"),
    ]
    for limit in (1, 2, 7):
        assert _told(operator, limit=limit) == whole
    end = operator.get(_PATH).json["nextCursor"]
    quiet = operator.get(f"{_PATH}?cursor={end}").json
    assert quiet == {"data": [], "nextCursor": end, "hasMore": False}
    busy.item("S1", "A").posted("sale", 1, warehouseLocation="W1")
    relay()
    assert _names(operator.get(f"{_PATH}?cursor={end}").json["data"]) == [("inventory.updated", "S1/A")]


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("type=inventory.updated", ["S1/A", "S1/A", "S1/A", "S2/B", "S1/A/R1"]),
        ("type=inventory.updated&supplierId=S2", ["S2/B"]),
        ("type=inventory.updated,product.created&productId=B", ["B", "S2/B"]),
        ("type=product.created", ["A", "B"]),
        ("warehouseLocation=W2", ["S1/A"]),
        ("warehouseLocation=W2,RW&type=inventory.updated", ["S1/A", "S1/A/R1"]),
        ("supplierId=S3", []),
    ],
)
def test_a_filter_means_what_a_webhook_s_means(busy: Given, query: str, subjects: list[str]) -> None:
    assert [event["subject"] for event in _told(busy.tenant.operator, query)] == subjects
    wanted = dict(part.split("=") for part in query.split("&"))
    types = wanted.pop("type", "*").split(",")
    filters = {name: codes.split(",") for name, codes in wanted.items()}
    hook = busy.tenant.operator.post("/v1/webhooks", {**_HOOK, "eventTypes": types, "filters": filters}).json
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as connection:
        connection.execute("SELECT fan_out_events(%s, %s, %s)", ([busy.tenant.id], [1], [1000]))
    with as_tenant(busy.tenant.id):
        sent = Delivery.objects.filter(tenant_id=busy.tenant.id, webhook_id=hook["webhookId"])
        assert set(sent.values_list("subject", flat=True)) == set(subjects)


def test_each_party_gets_its_own_and_nothing_of_others(busy: Given, other_tenant: TestTenant) -> None:
    tenant = busy.tenant
    of_s1 = _told(tenant.supplier("S1"))
    assert {subject for _, subject in _names(of_s1)} == {"A", "B", "S1/A", _reservation(of_s1)}
    of_s2 = _told(tenant.supplier("S2"))
    assert {event["subject"] for event in of_s2} == {"A", "B", "S2/B"}
    of_r1 = _told(tenant.retailer("R1"))
    assert {event["subject"] for event in of_r1} == {"A", "B", "S1/A", "S1/A/R1"}  # the agreement is for every product
    shared = next(event for event in of_r1 if event["subject"] == "S1/A")
    assert not {"previous", "cause", "levels", "inventoryLevel"} & shared["data"].keys()
    assert _told(tenant.retailer("R2")) == []
    for stranger in (other_tenant.operator, other_tenant.supplier("S1"), other_tenant.retailer("R1")):
        assert _told(stranger) == []


def test_a_token_sees_the_types_whose_resource_it_may_read(busy: Given) -> None:
    products = busy.tenant.client_with("events:read", "products:read")
    assert {event["type"] for event in _told(products)} == {"product.created"}
    assert _told(busy.tenant.client_with("events:read")) == []
    answer = products.get(f"{_PATH}?type=inventory.updated")
    refused(answer, 403, "insufficient_scope")
    assert answer.json["requiredScope"] == "inventory:read"
    refused(busy.tenant.client_with("inventory:read").get(_PATH), 403, "insufficient_scope")


def test_a_test_of_a_webhook_is_told_to_those_who_see_the_webhook(busy: Given) -> None:
    hook = busy.tenant.supplier("S1").post("/v1/webhooks", _HOOK).json["webhookId"]
    assert busy.tenant.supplier("S1").post(f"/v1/webhooks/{hook}/test", {}).status == 202
    relay()
    for client, seen in (
        (busy.tenant.supplier("S1"), True),
        (busy.tenant.operator, True),
        (busy.tenant.supplier("S2"), False),
        (busy.tenant.retailer("R1"), False),
        (busy.tenant.client_with("events:read", "inventory:read"), False),
    ):
        assert (("webhook.test", hook) in _names(_told(client))) is seen


def test_a_cursor_whose_events_were_dropped_says_so(given: Given) -> None:
    for product in ("A", "B"):
        given.item("S1", product)
    relay()
    operator = given.tenant.operator
    early, late = (operator.get(f"{_PATH}?limit={limit}").json["nextCursor"] for limit in (1, 2))
    age(given.tenant, 40)
    given.item("S1", "C")
    relay()
    keep_log()
    refused(operator.get(f"{_PATH}?cursor={early}"), 410, "cursor_expired")
    kept = operator.get(f"{_PATH}?cursor={late}").json["data"]
    assert _names(kept) == [("product.created", "C")]
    assert operator.get(_PATH).json["data"] == kept


def test_a_cursor_serves_the_change_feed_too_and_no_other_tenant(busy: Given, other_tenant: TestTenant) -> None:
    cursor = busy.tenant.operator.get(f"{_PATH}?limit=2").json["nextCursor"]
    changes = busy.tenant.supplier("S1").get(f"/v1/inventory/changes?cursor={cursor}").json["data"]
    assert [event["sequence"] for event in changes] == ["2", "3"]
    answer = other_tenant.operator.get(f"{_PATH}?cursor={cursor}")
    refused(answer, 400, "invalid_page_token", pointer="cursor")


def test_a_partner_may_not_ask_by_warehouse(busy: Given) -> None:
    answer = busy.tenant.retailer("R1").get(f"{_PATH}?warehouseLocation=W1")
    refused(answer, 400, "validation_error", pointer="warehouseLocation")


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("type=stock.moved", "validation_error", "type"),
        ("type=", "validation_error", "type"),
        ("limit=501", "invalid_request", "limit"),
        ("cursor=x", "invalid_page_token", "cursor"),
        ("retailPartnerId=R1", "unknown_parameter", "retailPartnerId"),
    ],
)
def test_what_is_wrong_is_named(tenant: TestTenant, query: str, code: str, parameter: str) -> None:
    refused(tenant.operator.get(f"{_PATH}?{query}"), 400, code, pointer=parameter)


def test_a_filter_that_nothing_matches_is_read_in_bounded_steps(busy: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.feed.queries.WINDOW", 4)
    operator = busy.tenant.operator
    first = operator.get(f"{_PATH}?type=product.created&productId=NO").json
    assert (first["data"], first["hasMore"]) == ([], True)
    assert [event["subject"] for event in _told(operator, "type=product.created")] == ["A", "B"]


def test_every_party_s_client_may_have_the_scope() -> None:
    assert all("events:read" in scopes_of_party(party) for party in PartyType)
