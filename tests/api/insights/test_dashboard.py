"""The dashboard: what its panels count, for whom, and at what cost."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection, connections
from django.test import Client

from apps.core.ids import first_uuid7, uuid7
from apps.core.tallies import MinuteTallies
from apps.insights.domain.refusals import count_refusal
from apps.inventory.queries import attention, open_reviews
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.types import Role
from apps.transactions import queries as ledger
from apps.webhooks import queries as webhooks
from apps.webhooks.models import Attempt
from tests.support.api import TestTenant
from tests.support.dashboard import fan_out, figures, panels, tallies, wait_for_tallies
from tests.support.people import browser_of
from tests.support.stock import Given, relay, wait_for

_PANELS = ["attention", "reviews", "movements", "deliveries", "endpoints", "refusals", "books"]
_HOOK = {"url": "https://127.0.0.1:8443/", "eventTypes": ["inventory.updated"]}


@pytest.fixture
def visitor(tenant: TestTenant) -> Client:
    """Return an auditor's browser: whoever may do the least sees all of it."""
    return browser_of(tenant.row, Role.AUDITOR)[1]


def texts(panel: Any) -> list[list[str]]:
    return [[cell["text"] for cell in row] for row in panel["rows"]]


def counted(panel: Any) -> dict[str, int]:
    return {each["label"]: sum(each["data"]) for each in json.loads(panel["data"])["datasets"]}


def days_ahead(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_an_empty_tenant_s_dashboard_says_so(visitor: Client) -> None:
    page = visitor.get("/admin/")
    text = page.content.decode()
    assert list(page.context["panels"]) == _PANELS
    for panel in page.context["panels"].values():
        assert panel["empty"] in text
    assert figures(visitor) == {
        "Items": "0",
        "Out of stock": "0",
        "Values to review": "0",
        "Movements in the last hour": "0",
        "Failed deliveries now": "0",
        "Movements refused": "0 %",
    }
    assert "Nothing has happened yet." in text
    assert not list(get_messages(page.wsgi_request))


def test_stock_that_needs_attention_is_named_worst_first(tenant: TestTenant, visitor: Client) -> None:
    given = Given(tenant)
    given.stocked(100, product="WELL")
    low = given.stocked(5, product="LOW")
    low.patch({"reorderThreshold": 5}, if_match="*")
    given.stocked(1, product="GONE").posted("sale", 1)
    given.stocked(7, product="SOON", batch="B1", expires=days_ahead(5))
    given.stocked(8, product="LATER", batch="B1", expires=days_ahead(30))
    given.stocked(9, product="OVER", batch="B1", expires="2026-01-01")
    given.stocked(3, product="USED", batch="B1", expires="2026-01-02").posted(
        "damage", 3, disposition="scrap", reason="expired"
    )
    panel = panels(visitor)["attention"]
    assert texts(panel) == [
        ["S1 / OVER", "expired", "on 2026-01-01: 9 on hand in W1 · B1"],
        ["S1 / SOON", "expires", "in 5 days: 7 on hand in W1 · B1"],
        ["S1 / GONE", "out of stock", "0 available"],
        ["S1 / USED", "out of stock", "0 available"],
        ["S1 / LOW", "low", "5 available, reorder at 5"],
    ]
    for row in panel["rows"]:
        assert visitor.get(row[0]["url"]).status_code == 200
    shown = figures(visitor)
    assert (shown["Items"], shown["Out of stock"]) == ("7", "2")


def test_values_that_wait_for_a_person_are_named(tenant: TestTenant, visitor: Client) -> None:
    item = Given(tenant).stocked(10, batch="B1")
    policy = {"policy": "manualReview"}
    tenant.operator.request("PUT", "/v1/conflictPolicies/default", policy, if_none_match="*")
    for source, quantity in (("erp", 7), ("pos", 12)):
        item.posted("count", quantity, warehouseLocation="W1", source=source)
    assert figures(visitor)["Values to review"] == "2"
    panel = panels(visitor)["reviews"]
    assert texts(panel) == [
        ["S1 / P1", "erp", "7 instead of 10 in W1 · B1"],
        ["S1 / P1", "pos", "12 instead of 10 in W1 · B1"],
    ]
    assert visitor.get(panel["rows"][0][0]["url"]).status_code == 200


def test_movements_are_counted_by_hour_and_type(tenant: TestTenant, visitor: Client) -> None:
    item = Given(tenant).stocked(10)
    item.posted("sale", 1)
    item.posted("sale", 2)
    panel = panels(visitor)["movements"]
    assert counted(panel) == {"receipt": 1, "sale": 2}
    hours = json.loads(panel["data"])["labels"]
    assert (len(hours), hours[-1]) == (24, f"{datetime.now(UTC):%H}:00")
    assert sum(sum(numbers) for _, numbers in panel["table"]) == 3
    assert figures(visitor)["Movements in the last hour"] == "3"


def test_a_panel_without_its_closed_minutes_counts_the_same(tenant: TestTenant, visitor: Client) -> None:
    """What a process remembers of closed minutes never differs from what the ledger says."""
    item = Given(tenant).stocked(10)
    assert counted(panels(visitor)["movements"]) == {"receipt": 1}
    item.posted("sale", 1)
    assert counted(panels(visitor)["movements"]) == {"receipt": 1, "sale": 1}
    now = datetime.now(UTC)
    with as_tenant(tenant.id):
        for ahead in (0, 2, 4, 10, 59, 61):
            moment = now + timedelta(minutes=ahead)
            remembered = ledger.movements_per_hour(tenant.id, moment).chart
            fresh = MinuteTallies(ledger._count_by_minute, limit=1000)
            minutes, complete_from = fresh.read(tenant.id, moment - timedelta(hours=23), moment)
            assert remembered is not None
            assert {each.label: sum(each.values) for each in remembered.series} == {"receipt": 1, "sale": 1}
            assert sum(sum(names.values()) for names in minutes.values()) == 2
            assert complete_from <= now


def test_what_is_older_than_a_day_is_not_counted(tenant: TestTenant) -> None:
    Given(tenant).stocked(10)
    tomorrow = datetime.now(UTC) + timedelta(hours=25)
    with as_tenant(tenant.id):
        chart = ledger.movements_per_hour(tenant.id, tomorrow).chart
    assert chart is not None
    assert chart.is_empty


def test_above_its_bound_a_tally_says_from_when_it_counts(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    for _ in range(3):
        item.posted("sale", 1)
    now = datetime.now(UTC)
    with as_tenant(tenant.id):
        minutes, complete_from = MinuteTallies(ledger._count_by_minute, limit=3).read(
            tenant.id, now - timedelta(hours=1), now
        )
    assert sum(sum(names.values()) for names in minutes.values()) == 3
    assert complete_from > now - timedelta(minutes=2)


def test_deliveries_and_endpoints_in_trouble(tenant: TestTenant, visitor: Client) -> None:
    hooks = [tenant.operator.post("/v1/webhooks", {**_HOOK, "url": f"https://127.0.0.1:8443/{n}"}).json for n in "abc"]
    Given(tenant).stocked(10)
    fan_out(tenant)
    now = datetime.now(UTC)
    with as_tenant(tenant.id):
        for number, outcome in enumerate(("succeeded", "succeeded", "failed", "superseded", "dead", "dropped")):
            Attempt.objects.create(
                tenant_id=tenant.id, webhook_id=hooks[0]["webhookId"], delivery_id=number, position=1,
                event_id=uuid4(), type="inventory.updated", subject="S1/P1", sequence=1, number=1, coalesced=0,
                outcome=outcome, sent=True, at=now,
            )  # fmt: skip
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        for index, change in enumerate(("state = 3", "attempts = 2")):
            relaying.execute(
                f"UPDATE webhooks_delivery SET {change} WHERE webhook_id = %s", [hooks[index]["webhookId"]]
            )
        relaying.execute(
            "UPDATE webhooks_lane SET failing_since = now() WHERE webhook_id = %s", [hooks[1]["webhookId"]]
        )
    shown = panels(visitor)
    assert counted(shown["deliveries"]) == {"delivered": 2, "failed": 2, "given up": 1}
    assert [row[:2] for row in texts(shown["endpoints"])] == [
        ["127.0.0.1:8443/a", "works again"],
        ["127.0.0.1:8443/b", "failing"],
    ]
    assert texts(shown["endpoints"])[0][2].endswith("0 to be tried again, 1 given up")
    assert figures(visitor)["Failed deliveries now"] == "2"


def test_refusals_are_counted_apart_by_operation_and_code(
    tenant: TestTenant, other_tenant: TestTenant, visitor: Client, settings: Any
) -> None:
    settings.REFUSAL_TALLY_SECONDS = 0.05
    item = Given(tenant).stocked(10)
    for _ in range(2):
        assert item.post("sale", 100).json["code"] == "insufficient_stock"
    assert item.post("sale", "1").json["code"] == "validation_error"
    assert tenant.operator.get("/v1/products/NONE").status == 404
    assert tenant.operator.get("/v1/nothing").status == 404  # no operation, and nobody's: it asks for no token
    assert Client().get("/v1/products").status_code == 401
    expected = {
        ("postMovement", "insufficient_stock"): 2,
        ("postMovement", "validation_error"): 1,
        ("getProduct", "not_found"): 1,
    }
    wait_for_tallies(tenant, expected)
    assert item.post("sale", 100).status == 409
    wait_for_tallies(tenant, expected | {("postMovement", "insufficient_stock"): 3})
    assert tallies(other_tenant) == {}
    panel = panels(visitor)["refusals"]
    assert counted(panel) == {"insufficient_stock": 3, "not_found": 1, "validation_error": 1}
    # One receipt was booked, four movements were refused.
    assert texts(panel) == [["insufficient_stock", "3", "60.0 %"], ["validation_error", "1", "20.0 %"]]
    assert figures(visitor)["Movements refused"] == "80.0 %"
    assert "insufficient_stock" in visitor.get("/admin/insights/refusaltally/").content.decode()


def wait_for_line(capsys: pytest.CaptureFixture[str], event: str) -> None:
    """Return once the log has a line of the event."""
    give_up_at = time.monotonic() + 15
    said = ""
    while f'"event":"{event}"' not in said:
        assert time.monotonic() < give_up_at, said
        wait_for(datetime.now(UTC) + timedelta(milliseconds=20))
        said += capsys.readouterr().out


def close_pool() -> None:
    """End the pool of this process; the next connection makes another."""
    connections["default"].close_pool()  # type: ignore[attr-defined]  # PostgreSQL's own


def test_refusals_wait_while_the_database_is_away(
    tenant: TestTenant, settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.REFUSAL_TALLY_SECONDS = 0.05
    with monkeypatch.context() as away:
        away.setitem(connections.settings["default"], "PORT", "1")
        close_pool()  # the next one is made with that port
        count_refusal(tenant.id, "postMovement", "insufficient_stock")
        wait_for_line(capsys, "refusals_not_written")
        count_refusal(tenant.id, "postMovement", "insufficient_stock")
    close_pool()
    wait_for_tallies(tenant, {("postMovement", "insufficient_stock"): 2})


def test_refusals_of_a_tenant_that_is_gone_do_not_hold_up_others(
    tenant: TestTenant, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.REFUSAL_TALLY_SECONDS = 0.05
    count_refusal(0, "postMovement", "insufficient_stock")
    count_refusal(tenant.id, "postMovement", "not_found")
    wait_for_tallies(tenant, {("postMovement", "not_found"): 1})
    wait_for_line(capsys, "refusals_dropped")


def test_another_tenant_s_dashboard_shows_nothing(tenant: TestTenant, other_tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10, product="SECRETSAUCE")
    item.posted("sale", 10)
    relay()
    _, stranger = browser_of(other_tenant.row, Role.TENANT_ADMIN)
    for path in ("/admin/", "/admin/dashboard/panels", "/admin/dashboard/feed?after=0"):
        answer = stranger.get(path)
        assert answer.status_code == 200
        assert "SECRETSAUCE" not in answer.content.decode()
    assert stranger.get("/admin/dashboard/feed?after=0").json() == {"position": 0, "changes": []}
    assert set(figures(stranger).values()) == {"0", "0 %"}


def test_the_feed_tells_what_is_new_in_words(tenant: TestTenant, visitor: Client) -> None:
    item = Given(tenant).stocked(10)
    relay()
    position = visitor.get("/admin/").context["position"]
    quiet = visitor.get(f"/admin/dashboard/feed?after={position}")
    assert (quiet.json(), quiet["Cache-Control"].split(",")[0]) == ({"position": position, "changes": []}, "no-store")
    item.posted("sale", 3, reference="ORD7")
    item.posted("reservation", 2)
    relay()
    news = visitor.get(f"/admin/dashboard/feed?after={position}").json()
    assert news["position"] == position + 3  # reservation.created came last
    *moved, held = news["changes"]
    assert [(each["what"], each["where"], each["how_much"], each["cause"]) for each in moved] == [
        ("S1 / P1", "W1", "-3 on hand, now 7", "sale ORD7"),
        ("S1 / P1", "W1", "+2 reserved, now 2", "reservation"),
    ]
    assert held["cause"] == "reservation.created"
    assert [change["position"] for change in visitor.get("/admin/").context["changes"][:3]] == [
        position + 3,
        position + 2,
        position + 1,
    ]


@pytest.mark.parametrize("after", ["", "-1", "1.5", "x", "1e3", "9" * 30, "\u0661", "9223372036854775808"])
def test_the_feed_takes_a_position_and_nothing_else(visitor: Client, after: str) -> None:
    assert visitor.get("/admin/dashboard/feed", {"after": after}).status_code == 400


@pytest.mark.parametrize("path", ["/admin/dashboard/feed?after=0", "/admin/dashboard/panels"])
def test_the_live_pages_need_a_person_of_a_tenant(path: str) -> None:
    assert Client().get(path).status_code == 302
    stranger = Client()
    from_nowhere, _ = browser_of(TestTenant("left").row, Role.AUDITOR)
    from_nowhere.memberships.all().delete()
    stranger.force_login(from_nowhere)
    assert stranger.get(path).status_code == 403
    assert stranger.post(path).status_code in {403, 405}
    assert stranger.get("/admin/").status_code == 200


def test_the_dashboard_costs_the_same_queries_whatever_there_is(
    tenant: TestTenant, visitor: Client, django_assert_num_queries: Any
) -> None:
    given = Given(tenant)

    def fill(number: int) -> None:
        given.stocked(1, product=f"P{number}", batch="B1", expires=days_ahead(3)).posted("sale", 1)
        tenant.operator.post("/v1/webhooks", _HOOK)
        fan_out(tenant)

    def assert_costs() -> None:
        # Session, user, memberships; BEGIN, tenant, COMMIT; and for the page: head, changes, two of stock, reviews, the
        # ledger twice (its own panel and the refusals' share), deliveries, endpoints, refusals, books.
        with django_assert_num_queries(17):
            visitor.get("/admin/")
        with django_assert_num_queries(15):
            visitor.get("/admin/dashboard/panels")
        # Everything that is asked every second: one indexed statement beside the session's.
        with django_assert_num_queries(7):
            visitor.get("/admin/dashboard/feed?after=0")

    fill(1)
    assert_costs()
    fill(2)
    fill(3)
    assert_costs()


def plan(tenant: TestTenant, sql: str, **params: Any) -> str:
    with as_tenant(tenant.id), connection.cursor() as cursor:
        # The tables of a test are small enough to be read whole, and to be sorted.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + sql, {"tenant": tenant.id, **params})
        return "\n".join(row[0] for row in cursor.fetchall())


def test_no_panel_reads_a_table_without_its_bound(tenant: TestTenant) -> None:
    Given(tenant).stocked(10)
    moment = datetime.now(UTC)
    of_ledger = plan(tenant, ledger._BY_MINUTE, first=first_uuid7(moment), limit=10)
    assert "Index Scan Backward using transactions_stocktransaction_pkey" in of_ledger
    assert "Index Cond: ((tenant_id =" in of_ledger
    assert "(id >= " in of_ledger.split("Index Cond:")[1].splitlines()[0]
    assert "inventory_stockitem_pkey" in plan(tenant, attention._ITEMS, most=10, shown=5)
    assert "levels_that_expire" in plan(tenant, attention._EXPIRING, most=10, shown=5, until=moment)
    assert "open_reviews" in plan(tenant, open_reviews._OPEN, most=10, shown=5)
    # Each partition has the index under a name of its own.
    of_attempts = plan(tenant, webhooks._BY_MINUTE, since=moment, limit=10)
    assert re.search(r"Index Scan Backward using webhooks_attempt_\d+_tenant_id_webhook_id_at_id_idx", of_attempts)
    health = plan(tenant, webhooks._HEALTH, most=10)
    assert "delivery_dead" in health
    feed = plan(
        tenant, "SELECT * FROM outbox_event WHERE tenant_id = %(tenant)s AND position > 5 ORDER BY position DESC"
    )
    assert re.search(r"Index Scan Backward using outbox_event_\d+_pkey", feed)
    assert "Seq Scan" not in of_ledger + of_attempts.split("webhooks_attempt", 1)[1] + feed


def test_the_bound_of_a_moment_lies_before_its_ids() -> None:
    before = datetime.now(UTC)
    made = uuid7()
    assert first_uuid7(before) <= made < first_uuid7(datetime.now(UTC) + timedelta(milliseconds=2))


def test_a_page_of_another_tenant_is_told_so(tenant: TestTenant, other_tenant: TestTenant, visitor: Client) -> None:
    here, elsewhere = (
        visitor.get("/admin/dashboard/feed", {"after": "0", "tenant": each.row.code}) for each in (tenant, other_tenant)
    )
    assert (here.status_code, elsewhere.status_code, elsewhere.content) == (200, 409, b"")
