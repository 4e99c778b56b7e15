"""The log and the attempts in daily partitions: made ahead, dropped behind, and open to nobody by their names."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.test import Client

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.queries.changes import logged_events
from apps.outbox.commands.keep_log import keep_log
from apps.outbox.domain.upkeep import Upkeep
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork, as_tenant, use_case
from apps.webhooks.commands.keep_attempts import keep_attempts
from apps.webhooks.commands.redeliver import redeliver
from apps.webhooks.models import Attempt
from tests.support.api import TestTenant
from tests.support.log import age, day_of, owner_role, partitions, relay_role, seeing_what_is_read, today
from tests.support.metrics import samples
from tests.support.stock import relay

_HOOK = {"url": "https://127.0.0.1:8443/hook", "eventTypes": ["*"]}
TABLES: list[tuple[str, Callable[[], Upkeep]]] = [("outbox_event", keep_log), ("webhooks_attempt", keep_attempts)]
both = pytest.mark.parametrize(("table", "keep"), TABLES)


@use_case(bool)
def _emit(uow: UnitOfWork, count: int) -> bool:
    for number in range(count):
        uow.emit(Event(type="test.happened", subject=f"T{number}", sequence=number, facts={"number": number}))
    return True


def _ctx(tenant: TestTenant) -> CallContext:
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="test")


def _log(tenant: TestTenant, *, days_ago: int, position: int = 1) -> None:
    """Write an event of a day, as the relay would have."""
    with relay_role() as connection:
        connection.execute(*_event(tenant, days_ago=days_ago, position=position))


def _event(tenant: TestTenant, *, days_ago: int, position: int) -> tuple[Any, tuple[int, int, int]]:
    sql = """
        INSERT INTO outbox_event (tenant_id, position, event_id, type, subject, sequence, facts, occurred_at, logged_at)
        VALUES (%s, %s, gen_random_uuid(), 'test.happened', 'T', 1, '{}', now(), now() - make_interval(days => %s))"""
    return sql, (tenant.id, position, days_ago)


def _try(tenant: TestTenant, *, days_ago: int) -> None:
    """Write an attempt of a day."""
    with as_tenant(tenant.id):
        Attempt.objects.create(
            tenant_id=tenant.id, webhook_id="w", delivery_id=1, position=1, event_id=uuid4(), type="test.happened",
            subject="T", sequence=1, number=1, coalesced=0, outcome="succeeded", sent=True,
            at=datetime.now(UTC) - timedelta(days=days_ago),
        )  # fmt: skip


def _write(table: str, tenant: TestTenant, *, days_ago: int) -> None:
    (_log if table == "outbox_event" else _try)(tenant, days_ago=days_ago)


def _where(table: str, tenant: TestTenant) -> list[str]:
    """Return the partitions in which the tenant has rows."""
    sql = f"SELECT DISTINCT tableoid::regclass::text FROM {table} WHERE tenant_id = %s"
    with relay_role() as connection:
        return sorted(name for (name,) in connection.execute(sql, (tenant.id,)).fetchall())


def _in_default(table: str) -> float:
    found = {
        labels: value
        for name, labels, value in _scraped()
        if name == "stockwire_partition_default_rows" and labels == table
    }
    return found[table]


def _scraped() -> list[tuple[str, str, float]]:
    text = Client().get("/metrics").content.decode()
    return [(name, dict(labels).get("table", ""), value) for (name, labels), value in samples(text).items()]


@both
def test_a_week_is_made_ahead_and_what_is_missing_is_made(table: str, keep: Callable[[], Upkeep]) -> None:
    keep()
    week = [day_of(table, -ahead) for ahead in range(8)]
    assert set(week) <= partitions(table)
    with owner_role() as connection:
        connection.execute(f"DROP TABLE {week[5]}, {week[7]}")
    ahead = {labels: value for name, labels, value in _scraped() if name == "stockwire_partition_days_ahead"}
    assert ahead[table] == 4
    assert keep().made == (str(today() + timedelta(days=5)), str(today() + timedelta(days=7)))
    assert keep() == Upkeep(made=(), dropped=(), busy=False)


@both
def test_what_nobody_made_a_day_for_is_caught_told_and_moved(
    table: str, keep: Callable[[], Upkeep], tenant: TestTenant, other_tenant: TestTenant
) -> None:
    keep()
    with owner_role() as connection:
        connection.execute(f"DROP TABLE IF EXISTS {day_of(table, 20)}")
    before = _in_default(table)
    _write(table, tenant, days_ago=20)
    _write(table, other_tenant, days_ago=20)
    assert (_where(table, tenant), before, _in_default(table)) == ([f"{table}_default"], 0, 2)
    assert keep().made == (str(today() - timedelta(days=20)),)
    assert _where(table, tenant) == _where(table, other_tenant) == [day_of(table, 20)]
    assert _in_default(table) == 0


@both
def test_a_day_is_dropped_when_all_of_it_is_older_than_the_retention(
    table: str, keep: Callable[[], Upkeep], tenant: TestTenant
) -> None:
    _write(table, tenant, days_ago=30)
    keep()
    assert _where(table, tenant) == [day_of(table, 30)]
    _write(table, tenant, days_ago=31)
    _write(table, tenant, days_ago=45)
    kept = keep()
    assert kept.dropped == (day_of(table, 45), day_of(table, 31))
    assert not set(kept.dropped) & partitions(table)
    assert _where(table, tenant) == [day_of(table, 30)]


@both
def test_who_reads_is_not_disturbed_and_nobody_queues_behind_the_drop(
    table: str, keep: Callable[[], Upkeep], tenant: TestTenant
) -> None:
    _write(table, tenant, days_ago=40)
    with relay_role() as connection, connection.transaction():
        connection.execute(f"SELECT FROM {table} LIMIT 1")
        kept = keep()
        assert kept.busy
        _write(table, tenant, days_ago=0)
    kept = keep()
    assert (kept.busy, day_of(table, 40) in kept.dropped) == (False, True)
    assert _where(table, tenant) == [day_of(table, 0)]


def test_who_writes_into_the_default_partition_has_the_day_made_later(tenant: TestTenant) -> None:
    _log(tenant, days_ago=21, position=1)
    with relay_role() as connection, connection.transaction():
        connection.execute(*_event(tenant, days_ago=21, position=2))
        kept = keep_log()
        assert (kept.busy, kept.made) == (True, ())
    assert keep_log().made == (str(today() - timedelta(days=21)),)
    assert _where("outbox_event", tenant) == [day_of("outbox_event", 21)]


def test_who_comes_while_a_day_is_made_writes_into_it(tenant: TestTenant) -> None:
    _log(tenant, days_ago=22, position=1)
    with relay_role() as making, relay_role() as writing, relay_role() as watching:
        with making.transaction():
            assert making.execute("SELECT make_log_day(7)").fetchall()[0][0] == today() - timedelta(days=22)
            pid = writing.info.backend_pid
            writer = threading.Thread(target=lambda: writing.execute(*_event(tenant, days_ago=22, position=2)))
            writer.start()
            _wait_for_a_lock(watching, pid)
        writer.join(10)
    assert _where("outbox_event", tenant) == [day_of("outbox_event", 22)]
    assert _count(tenant) == 2


def _wait_for_a_lock(connection: psycopg.Connection[Any], pid: int) -> None:
    sql = "SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)"
    for _ in range(100_000):
        if connection.execute(sql, (pid,)).fetchall()[0][0]:
            return
    raise AssertionError("nobody waits")


def _count(tenant: TestTenant) -> int:
    with relay_role() as connection:
        found = connection.execute("SELECT count(*) FROM outbox_event WHERE tenant_id = %s", (tenant.id,)).fetchall()
    count: int = found[0][0]
    return count


def test_relay_and_claims_go_on_while_days_are_dropped_and_made(tenant: TestTenant) -> None:
    assert tenant.operator.post("/v1/webhooks", _HOOK).status == 201
    relay()
    days = range(40, 52)
    for number, days_ago in enumerate(days):
        _log(tenant, days_ago=days_ago, position=1000 + number)
    with relay_role() as connection:
        while connection.execute("SELECT make_log_day(7)").fetchall()[0][0]:
            pass
    before = _count(tenant) - len(days)
    done: list[Upkeep] = []
    left = {day_of("outbox_event", days_ago) for days_ago in days}

    def keep() -> None:
        while left & partitions("outbox_event"):
            done.append(keep_log())

    assert left <= partitions("outbox_event")
    keeper = threading.Thread(target=keep)
    steps = claimed = 0
    with relay_role() as connection:
        keeper.start()
        while keeper.is_alive() or steps < 20:
            _emit(_ctx(tenant), 3)
            with connection.transaction():
                for row in connection.execute("SELECT * FROM relay_events(500)").fetchall():
                    connection.execute("SELECT fan_out_events(%s, %s, %s)", tuple([value] for value in row))
            steps += 1
            rows = connection.execute("SELECT * FROM claim_deliveries(256, 256, 256, 256, 25)").fetchall()
            assert [row for row in rows if row[1] == tenant.id and row[13] is None] == []
            claimed += sum(row[1] == tenant.id for row in rows)
            connection.execute("DELETE FROM webhooks_delivery WHERE tenant_id = %s AND state = 1", (tenant.id,))
            connection.execute("UPDATE webhooks_lane SET next_due = now() WHERE tenant_id = %s", (tenant.id,))
        keeper.join(30)
        while rows := connection.execute("SELECT * FROM claim_deliveries(256, 256, 256, 256, 25)").fetchall():
            claimed += sum(row[1] == tenant.id for row in rows)
            connection.execute("DELETE FROM webhooks_delivery WHERE tenant_id = %s AND state = 1", (tenant.id,))
            connection.execute("UPDATE webhooks_lane SET next_due = now() WHERE tenant_id = %s", (tenant.id,))
    assert _count(tenant) - before == 3 * steps
    assert claimed == 3 * steps


@both
def test_a_partition_by_its_name_is_open_to_nobody(
    table: str, keep: Callable[[], Upkeep], tenant: TestTenant, other_tenant: TestTenant
) -> None:
    keep()
    _write(table, other_tenant, days_ago=0)
    _write(table, other_tenant, days_ago=23)
    for name in (day_of(table, 0), f"{table}_default"):
        for url in (settings.DATABASE_URL, settings.DATABASE_RELAY_URL):
            reads = name.endswith("default") and url == settings.DATABASE_RELAY_URL  # it counts what lies there
            for statement in (
                *(() if reads else (f"SELECT FROM {name}",)),
                f"INSERT INTO {name} (tenant_id) VALUES ({tenant.id})",
                f"UPDATE {name} SET tenant_id = {tenant.id}",
                f"DELETE FROM {name}",
                f"TRUNCATE {name}",
            ):
                with psycopg.connect(url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant.id),))
                    connection.execute(statement)


def test_every_partition_is_its_owner_s_alone() -> None:
    with owner_role() as connection:
        rows = connection.execute("""
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
                   ARRAY (SELECT a.grantee::regrole::text || ' ' || a.privilege_type FROM aclexplode(c.relacl) a
                          WHERE a.grantee <> c.relowner),
                   ARRAY (SELECT p.policyname::text FROM pg_policies p WHERE p.tablename = c.relname)
            FROM pg_class c WHERE c.relispartition AND c.relkind = 'r'
        """).fetchall()
    days = [row[1:] for row in rows if not row[0].endswith("_default")]
    assert len(days) >= 16
    assert set(map(repr, days)) == {repr((True, True, [], []))}
    defaults = [row for row in rows if row[0].endswith("_default")]
    assert [row[1:] for row in defaults] == [(True, False, ["stockwire_relay SELECT"], ["relay"])] * 2


def test_only_the_relay_s_role_makes_and_drops_and_never_the_last_days() -> None:
    for call in ("make_log_day(7)", "drop_log_day(30)", "make_attempts_day(7)", "drop_attempts_day(30)"):
        with psycopg.connect(settings.DATABASE_URL) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(f"SELECT {call}")
    for call in ("make_log_day(61)", "make_log_day(-1)", "drop_log_day(3)", "drop_attempts_day(3)"):
        with relay_role() as connection, pytest.raises(psycopg.errors.InvalidParameterValue):
            connection.execute(f"SELECT {call}")
    for call in ("make_day_partition('outbox_event', 1)", "drop_day_partition('outbox_event', 30)"):
        with relay_role() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"SELECT {call}")


class TestOnePartitionIsRead:
    """Of an event whose day is known. The counters of the transaction tell, whatever the plan was called."""

    def test_by_a_claim(self, tenant: TestTenant) -> None:
        _waiting_since(tenant, days_ago=24)
        with relay_role() as connection:
            connection.execute("UPDATE webhooks_lane SET next_due = NULL WHERE tenant_id <> %s", (tenant.id,))
            for _ in range(8):  # with the plans of a fresh session, and with those that it keeps
                with seeing_what_is_read(connection) as read:
                    rows = connection.execute("SELECT * FROM claim_deliveries(256, 256, 256, 256, 25)").fetchall()
                    assert [(row[1], row[13]) for row in rows] == [(tenant.id, 1)]
                assert read == {day_of("outbox_event", 24)}

    def test_by_the_fan_out(self, tenant: TestTenant) -> None:
        _waiting_since(tenant, days_ago=24)
        with relay_role() as connection:
            for _ in range(8):
                with seeing_what_is_read(connection) as read:
                    connection.execute("SELECT fan_out_events(%s, %s, %s)", ([tenant.id], [1], [1]))
                assert read == {day_of("outbox_event", 24)}

    def test_by_the_feed(self, tenant: TestTenant) -> None:
        _waiting_since(tenant, days_ago=24)
        _emit(_ctx(tenant), 3)
        relay()
        with relay_role() as connection:
            for after, limit, days in ((0, 1, [24]), (1, 2, [0]), (3, 9, [0]), (0, 9, [24, 0])) * 3:
                with seeing_what_is_read(connection) as read:
                    found = connection.execute(
                        "SELECT position FROM read_log(%s, %s, %s)", (tenant.id, after, limit)
                    ).fetchall()
                assert [row[0] for row in found] == list(range(after + 1, 5))[:limit]
                assert read == {day_of("outbox_event", each) for each in days}

    def test_by_a_redelivery_of_an_old_event(self, tenant: TestTenant) -> None:
        webhook = _waiting_since(tenant, days_ago=24)
        _emit(_ctx(tenant), 2)
        relay()
        with relay_role() as connection:
            connection.execute("DELETE FROM webhooks_delivery WHERE tenant_id = %s", (tenant.id,))
            outcome = redeliver(_ctx(tenant), webhook, position=1)
            assert outcome.result.position == 1
            with connection.transaction(force_rollback=True):
                rows = connection.execute("SELECT * FROM claim_deliveries(256, 256, 256, 256, 25)").fetchall()
            assert [row[13] for row in rows if row[1] == tenant.id] == [1]


def _waiting_since(tenant: TestTenant, *, days_ago: int) -> str:
    """Have one event of an earlier day wait for a webhook, which is returned."""
    created = tenant.operator.post("/v1/webhooks", _HOOK)
    _emit(_ctx(tenant), 1)
    relay()
    with relay_role() as connection:
        connection.execute("DELETE FROM webhooks_delivery WHERE tenant_id = %s", (tenant.id,))
        connection.execute("SELECT fan_out_events(%s, %s, %s)", ([tenant.id], [1], [1]))
    age(tenant, days_ago)
    keep_log()
    webhook: str = created.json["webhookId"]
    return webhook


def test_a_delivery_whose_event_is_dropped_is_claimed_without_it(tenant: TestTenant) -> None:
    _waiting_since(tenant, days_ago=40)
    with relay_role() as connection, connection.transaction(force_rollback=True):
        rows = connection.execute("SELECT * FROM claim_deliveries(256, 256, 256, 256, 25)").fetchall()
    assert [row[13] for row in rows if row[1] == tenant.id] == [None]


def test_a_clock_that_was_set_back_mixes_nothing(tenant: TestTenant) -> None:
    for number, days_ago in enumerate((3, 5, 3)):
        _emit(_ctx(tenant), 2)
        age(tenant, days_ago, after=2 * number)
    keep_log()
    with as_tenant(tenant.id):
        for after in range(6):
            found = [each.position for each in logged_events(_ctx(tenant), after=after, limit=10)]
            assert found == list(range(after + 1, 7))
