"""Who is claimed first: nobody waits behind another's million, and who hangs cannot fill the room of who answers."""

import psycopg
import pytest
from django.conf import settings as django_settings

from tests.faults.webhooks.conftest import Shop
from tests.support.api import TestTenant

_SUBSCRIPTION = {"url": "http://127.0.0.1:20001/hook", "eventTypes": ["inventory.updated"]}


@pytest.fixture
def busy(shop: Shop, other_tenant: TestTenant) -> dict[str, str]:
    """Return three webhooks by name: an importer with 2,000 that wait, its neighbour with one, a stranger with one."""
    hooks = {
        "importer": shop.tenant.operator.post("/v1/webhooks", _SUBSCRIPTION).json["webhookId"],
        "neighbour": shop.tenant.operator.post("/v1/webhooks", _SUBSCRIPTION).json["webhookId"],
        "stranger": other_tenant.operator.post("/v1/webhooks", _SUBSCRIPTION).json["webhookId"],
    }
    tenants = {"importer": shop.tenant.id, "neighbour": shop.tenant.id, "stranger": other_tenant.id}
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        connection.execute("UPDATE webhooks_lane SET next_due = NULL")  # nobody claims what other tests left
        for name, waiting in (("importer", 2_000), ("neighbour", 1), ("stranger", 1)):
            # The importer's has waited for longest.
            connection.execute(
                "INSERT INTO webhooks_delivery (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,"
                " state, attempts, coalesced, due_at, first_at)"
                " SELECT %(tenant)s, %(hook)s, 'K' || n, n, now(), gen_random_uuid(), 'inventory.updated', 'S1/K' || n, 1, 0, 0,"
                " 0, now() - %(age)s::interval, now() FROM generate_series(1, %(waiting)s) n",
                {
                    "tenant": tenants[name],
                    "hook": hooks[name],
                    "waiting": waiting,
                    "age": "1 hour" if waiting > 1 else "0",
                },
            )
            connection.execute(
                "UPDATE webhooks_lane SET next_due = now() - interval '1 hour', cap = 32, pace = 5 WHERE webhook_id = %s",
                [hooks[name]],
            )
    return {hook: name for name, hook in hooks.items()}


def claimed(busy: dict[str, str], *, limit: int, unproven: int = 1000, of_a_tenant: int = 1000) -> list[str]:
    """Claim once and return the names of whose deliveries were taken; nothing of it is kept."""
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        rows = connection.execute(
            "SELECT o_webhook FROM claim_deliveries(%s, %s, %s, 256, 25)", [limit, unproven, of_a_tenant]
        ).fetchall()
        connection.rollback()
    return sorted(busy[hook] for (hook,) in rows)


def _change(busy: dict[str, str], name: str, sets: str) -> None:
    (hook,) = [hook for hook, named in busy.items() if named == name]
    with psycopg.connect(django_settings.DATABASE_RELAY_URL) as connection:
        connection.execute(f"UPDATE webhooks_lane SET {sets} WHERE webhook_id = %s", [hook])


def test_whoever_has_one_is_served_with_whoever_has_two_thousand(busy: dict[str, str]) -> None:
    """Deliveries are taken by age: a single event waits until a million older ones are gone."""
    assert claimed(busy, limit=3) == ["importer", "neighbour", "stranger"]
    assert claimed(busy, limit=20) == ["importer"] * 18 + ["neighbour", "stranger"]


def test_a_lane_gives_no_more_than_its_cap(busy: dict[str, str]) -> None:
    assert claimed(busy, limit=200) == ["importer"] * 32 + ["neighbour", "stranger"]


def test_a_tenant_fills_no_more_than_its_part(busy: dict[str, str]) -> None:
    """One tenant's receivers take all places, and no other tenant is delivered to while they are slow."""
    taken = claimed(busy, limit=200, of_a_tenant=10)
    assert (taken.count("stranger"), taken.count("importer") + taken.count("neighbour")) == (1, 10)


@pytest.mark.parametrize("slow", ["pace = 5000", "pace = NULL", "trips = 1"])
def test_who_is_slow_failing_or_new_leaves_room_for_who_answers(busy: dict[str, str], slow: str) -> None:
    """Receivers that hang take all places for as long as they hang."""
    _change(busy, "importer", slow)
    assert claimed(busy, limit=200, unproven=0) == ["neighbour", "stranger"]
    assert "importer" in claimed(busy, limit=200, unproven=5)
    assert claimed(busy, limit=200, unproven=5).count("importer") == (1 if slow == "trips = 1" else 5)


def test_an_open_breaker_gives_nothing(busy: dict[str, str]) -> None:
    _change(busy, "importer", "trips = 1, open_until = now() + interval '1 minute'")
    assert claimed(busy, limit=200) == ["neighbour", "stranger"]


def test_lanes_take_turns_where_there_is_not_room_for_all(busy: dict[str, str]) -> None:
    """The lane with the oldest delivery is always first, and the last is never reached."""
    _change(busy, "importer", "looked_at = now()")
    _change(busy, "neighbour", "looked_at = now() - interval '2 seconds'")
    _change(busy, "stranger", "looked_at = now() - interval '1 second'")
    assert claimed(busy, limit=2) == ["neighbour", "stranger"]
