"""An installation with rows becomes one with daily partitions, and keeps them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from os import environ
from typing import Any

import psycopg
import pytest

from config.env import relay_url
from tests.support.servers import Servers, published_servers, with_path
from tests.support.template import empty_database, manage

# Tenant 1 logged on three days, the last two hours ago at most; tenant 2 on one.
_OLD = """
    INSERT INTO outbox_event (tenant_id, position, event_id, type, subject, sequence, facts, occurred_at, logged_at)
    SELECT tenant, n, gen_random_uuid(), 'inventory.updated', 'S/P', n, '{"a": 1}', now(),
           now() - make_interval(days => ago)
    FROM (VALUES (1, 1, 50), (1, 2, 50), (1, 3, 20), (1, 4, 0), (2, 1, 20), (2, 2, 20)) AS row (tenant, n, ago);
    INSERT INTO outbox_feedhead (tenant_id, position) VALUES (1, 4), (2, 2);
    INSERT INTO tenancy_tenant (id, code, name, status, created_at) OVERRIDING SYSTEM VALUE
    VALUES (1, 'one', 'One', 'active', now());
    INSERT INTO webhooks_webhook (id, tenant_id, version, created_at, updated_at, status, url, event_types, filters,
                                  party_type, party_id, tests)
    VALUES ('w', 1, 1, now(), now(), 'active', 'https://h/', ARRAY['*'], '{}', 'tenant', '', 0);
    INSERT INTO webhooks_lane (tenant_id, webhook_id, cap, next_due, fails, vtime) VALUES (1, 'w', 32, now(), 0, 0);
    INSERT INTO webhooks_delivery (tenant_id, webhook_id, key, position, event_id, type, subject, sequence, state,
                                   attempts, coalesced, due_at, first_at)
    SELECT 1, 'w', 'k' || n, n, gen_random_uuid(), 'inventory.updated', 'S/P', n, 0, 0, 0, now(), now()
    FROM (VALUES (3), (4), (77)) AS row (n);
    INSERT INTO webhooks_attempt (tenant_id, webhook_id, delivery_id, position, event_id, type, subject, sequence,
                                  number, coalesced, outcome, sent, at)
    SELECT 1, 'w', n, n, gen_random_uuid(), 'inventory.updated', 'S/P', n, 1, 0, 'succeeded', true,
           now() - make_interval(days => ago)
    FROM (VALUES (1, 50), (2, 20), (3, 0)) AS row (n, ago);
"""


@pytest.fixture(scope="module")
def servers() -> Servers:
    return published_servers()


@contextmanager
def superuser(servers: Servers, database: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(with_path(servers.maintenance_url, database), autocommit=True) as connection:
        yield connection


def _rows(connection: psycopg.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql).fetchall()


def _shape(connection: psycopg.Connection[Any]) -> list[list[tuple[Any, ...]]]:
    """Return columns, indexes, policies and grants of the two tables and their kin."""
    of = "('outbox_event', 'outbox_feedday', 'webhooks_attempt', 'webhooks_delivery')"
    return [
        _rows(connection, f"SELECT {what} FROM {where} IN {of} ORDER BY 1, 2, 3")
        for what, where in (
            (
                "table_name, column_name, data_type, is_nullable, is_identity",
                "information_schema.columns WHERE table_name",
            ),
            ("tablename, indexname, indexdef", "pg_indexes WHERE tablename"),
            ("tablename, policyname, roles::text, cmd, qual, with_check", "pg_policies WHERE tablename"),
            ("table_name, grantee, privilege_type", "information_schema.role_table_grants WHERE table_name"),
        )
    ]


def test_plain_tables_become_partitioned_with_all_their_rows(servers: Servers) -> None:
    database = f"stockwire_before_partitions_{environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with empty_database(servers, database):
        manage(servers, database, "provision_roles")
        manage(servers, database, "migrate", "outbox", "0001")
        manage(servers, database, "migrate", "webhooks", "0002")
        with superuser(servers, database) as connection:
            connection.execute(_OLD)
            kept = _rows(connection, "SELECT * FROM outbox_event ORDER BY tenant_id, position")
            tried = _rows(connection, "SELECT * FROM webhooks_attempt ORDER BY id")
        manage(servers, database, "migrate", "webhooks")
        with superuser(servers, database) as connection:
            assert _rows(connection, "SELECT * FROM outbox_event ORDER BY tenant_id, position") == kept
            assert _rows(connection, "SELECT * FROM webhooks_attempt ORDER BY id") == tried
            _everything_has_its_place(connection)
        _work_goes_on(relay_url(_web(servers, database), servers.secret_key))
        with superuser(servers, database) as connection:
            migrated = _shape(connection)
        with superuser(servers, "stockwire_template") as connection:
            assert migrated == _shape(connection)


def _everything_has_its_place(connection: psycopg.Connection[Any]) -> None:
    for table in ("outbox_event", "webhooks_attempt"):
        rows = _rows(connection, f"SELECT name::text, starts::text, ends FROM day_partitions('{table}') ORDER BY ends")
        assert [rows[0][:2], rows[-1][0], len(rows)] == [(f"{table}_before", "-infinity"), f"{table}_default", 9]
        assert _rows(connection, f"SELECT DISTINCT tableoid::regclass::text FROM {table}") == [(f"{table}_before",)]
        assert _rows(
            connection,
            f"""
            SELECT c.relforcerowsecurity, (SELECT count(*) FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner),
                   (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid)
            FROM pg_class c WHERE c.relname = '{table}_before'
        """,
        ) == [(True, 0, 0)]
    days = _rows(connection, "SELECT tenant_id, first_position, logged_on FROM outbox_feedday ORDER BY 1, 2")
    today: date = _rows(connection, "SELECT (now() AT TIME ZONE 'UTC')::date")[0][0]
    assert [(row[0], row[1], (today - row[2]).days) for row in days] == [(1, 1, 50), (1, 3, 20), (1, 4, 0), (2, 1, 20)]
    # What the log still has, by its own time; what it has not, by the time of its fan-out.
    assert _rows(connection, """
        SELECT d.position, d.logged_at = coalesce(e.logged_at, d.first_at), e.position IS NOT NULL
        FROM webhooks_delivery d
        LEFT JOIN outbox_event e ON e.tenant_id = d.tenant_id AND e.position = d.position ORDER BY 1
    """) == [(3, True, True), (4, True, True), (77, True, False)]  # fmt: skip


def _work_goes_on(url: str) -> None:
    """Relay, claim and complete as the relay's role; ids of attempts go on where they were."""
    with psycopg.connect(url, autocommit=True) as connection:
        claimed = connection.execute(
            "SELECT o_id, o_claim, o_position FROM claim_deliveries(10, 10, 10, 10, 25)"
        ).fetchall()
        assert sorted(row[2] or 0 for row in claimed) == [0, 3, 4]
        connection.execute(
            "SELECT complete_deliveries(jsonb_build_array(jsonb_build_object('tenant_id', 1, 'webhook_id', 'w',"
            " 'delivery_id', %s::bigint, 'claim_id', %s::text, 'outcome', 'succeeded', 'sent', true, 'delay', 0)), 14, 1)",
            (claimed[0][0], str(claimed[0][1])),
        )
        assert connection.execute("SELECT max(id), count(*) FROM webhooks_attempt").fetchall() == [(4, 4)]
        assert connection.execute("SELECT array_agg(position) FROM read_log(1, 0, 10)").fetchall() == [([1, 2, 3, 4],)]
        assert connection.execute("SELECT drop_log_day(30)").fetchall() == [(None,)]


def _web(servers: Servers, database: str) -> str:
    return servers.urls(database)["DATABASE_URL"]
