"""GET /metrics: who may read it, and that it counts what happened."""

import asyncio
import json

import psycopg
import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings

from apps.outbox.domain.relay import relay_events
from tests.support.api import TestTenant
from tests.support.metrics import families, samples, value
from tests.support.stock import Given, relay

_ROUTE = "v1/inventory/<str:supplier_id>/<str:product_id>"
_TOKEN = "a-token-of-forty-characters-or-more-than-that"


def _scrape(**headers: str) -> str:
    answer = Client().get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain; version=")
    return answer.content.decode()


def _relay_and_fan_out() -> None:
    async def step() -> None:
        async with await psycopg.AsyncConnection.connect(
            django_settings.DATABASE_RELAY_URL, autocommit=True
        ) as relaying:
            await relay_events(relaying)

    asyncio.run(step())


def test_requests_movements_and_refusals_are_counted(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    before = _scrape()
    assert item.post("sale", 3, key="one").status == 201
    assert item.post("sale", 3, key="one").headers["Idempotent-Replayed"] == "true"
    assert item.post("sale", 100).status == 409
    after = _scrape()

    def grown(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert grown("stockwire_requests_total", method="POST", route=_ROUTE, status="201") == 2
    assert grown("stockwire_requests_total", method="POST", route=_ROUTE, status="409") == 1
    assert grown("stockwire_request_duration_seconds_count", route=_ROUTE) == 3
    assert grown("stockwire_movements_total", type="sale") == 1
    assert grown("stockwire_refusals_total", code="insufficient_stock") == 1
    assert grown("stockwire_group_commit_lines_sum") == 3
    assert grown("stockwire_kernel_call_duration_seconds_count") == 3
    assert value(after, "stockwire_database_up") == 1


def test_a_list_counts_what_it_committed_and_nothing_where_it_rolled_back(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    before = _scrape()
    lines = [item.entry("sale", 2), item.entry("sale", 100), item.entry("damage", 1, reason="x")]
    for mode, status in (("atomic", 409), ("partial", 200)):
        body = {"mode": mode, "items": lines}
        assert tenant.operator.post("/v1/inventory/batch", body, key=mode).status == status
    after = _scrape()
    counted = {
        kind: value(after, "stockwire_movements_total", type=kind)
        - value(before, "stockwire_movements_total", type=kind)
        for kind in ("sale", "damage")
    }
    assert counted == {"sale": 1, "damage": 1}


def test_the_outbox_tells_how_long_its_oldest_event_has_waited(tenant: TestTenant) -> None:
    relay()
    Given(tenant).stocked(1)
    waiting = _scrape()
    relay()
    moved = _scrape()
    assert value(waiting, "stockwire_outbox_messages") >= 1
    assert 0 < value(waiting, "stockwire_outbox_oldest_seconds") < 60
    assert value(moved, "stockwire_outbox_messages") == 0
    assert value(moved, "stockwire_outbox_oldest_seconds") == 0


def test_deliveries_that_nobody_sends_are_due_and_webhooks_are_counted_by_status(tenant: TestTenant) -> None:
    given = Given(tenant)
    given.item()
    hook = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}
    before = _scrape()
    made = tenant.operator.post("/v1/webhooks", hook).json
    given.stocked(1)
    _relay_and_fan_out()
    late = _scrape()
    assert value(late, "stockwire_deliveries_due") - value(before, "stockwire_deliveries_due") == 1
    assert value(late, "stockwire_delivery_oldest_due_seconds") > 0
    assert (
        value(late, "stockwire_webhooks", status="active") - value(before, "stockwire_webhooks", status="active") == 1
    )
    path = f"/v1/webhooks/{made['webhookId']}?version={made['version']}"
    assert tenant.operator.delete(path).status == 204


def test_values_that_wait_for_a_person_are_counted(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    before = _scrape()
    policy = {"policy": "manualReview"}
    tenant.operator.request("PUT", "/v1/conflictPolicies/default", policy, if_none_match="*")
    review = item.posted("count", 7, warehouseLocation="W1", source="erp")["reviewId"]
    waiting = _scrape()
    path = f"/v1/reviews/{review}/reject"
    assert tenant.operator.request("POST", path, idempotency_key="decided").status == 200
    after = _scrape()
    assert [
        value(text, "stockwire_reviews_open") - value(before, "stockwire_reviews_open") for text in (waiting, after)
    ] == [1, 0]


def test_no_label_holds_what_a_caller_chose(tenant: TestTenant) -> None:
    tenant.operator.get("/v1/inventory/SUPPLIER-OF-THIS-TEST/P")
    tenant.operator.get("/v1/nothing-like-this")
    tenant.operator.request("INVENTED", "/v1/products")
    text = _scrape()
    labels = {label for _, labels in samples(text) for label in labels}
    assert {name for name, _ in labels} == {
        "method",
        "route",
        "status",
        "type",
        "code",
        "rule",
        "table",
        "le",
        "outcome",
    } - (set() if any(name == "outcome" for name, _ in labels) else {"outcome"})
    assert not [chosen for chosen in ("SUPPLIER-OF-THIS-TEST", "nothing-like-this", "INVENTED") if chosen in text]
    assert ("method", "other") in labels


def test_with_a_token_only_its_bearer_may_read(settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.PRODUCTION = _TOKEN, True
    assert "stockwire_requests_total" in _scrape(authorization=f"Bearer {_TOKEN}")
    for headers, code in (
        ({}, "unauthenticated"),
        ({"authorization": f"Bearer {_TOKEN}x"}, "invalid_token"),
        ({"authorization": f"Basic {_TOKEN}"}, "invalid_token"),
        ({"authorization": "Bearer "}, "invalid_token"),
        ({"authorization": "Bearer \udcff"}, "invalid_token"),
    ):
        answer = Client().get("/metrics", headers=headers)
        assert (answer.status_code, json.loads(answer.content)["code"]) == (401, code)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_without_a_token_there_is_no_such_page_in_production(settings: Settings) -> None:
    settings.METRICS_TOKEN, settings.PRODUCTION = "", True
    missing = Client().get("/metrics", headers={"authorization": "Bearer "})
    assert missing.status_code == 404
    assert json.loads(missing.content)["code"] == "not_found"


def test_a_database_that_is_away_costs_its_gauges_and_nothing_else(settings: Settings) -> None:
    settings.DATABASE_RELAY_URL = "postgresql://nobody@127.0.0.1:1/none"
    told = families(_scrape())
    assert "stockwire_requests_total" in told
    assert "stockwire_outbox_messages" not in told
    assert value(_scrape(), "stockwire_database_up") == 0


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_is_only_read(method: str) -> None:
    answer = getattr(Client(), method)("/metrics")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
