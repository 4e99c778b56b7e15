"""The event log as its tests age it, and what a transaction read of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import psycopg
from django.conf import settings

from tests.support.api import TestTenant
from tests.support.stock import relay


@contextmanager
def relay_role() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the relay's role, in autocommit."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as connection:
        yield connection


@contextmanager
def owner_role() -> Iterator[psycopg.Connection[Any]]:
    """Connect as the tables' owner, in autocommit."""
    given = settings.DATABASES["owner"]
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"], dbname=given["NAME"],
        autocommit=True,
    ) as connection:  # fmt: skip
        yield connection


def today() -> date:
    """Return the day of the database's clock in UTC."""
    with relay_role() as connection:
        row = connection.execute("SELECT (now() AT TIME ZONE 'UTC')::date").fetchall()[0]
    day: date = row[0]
    return day


def day_of(table: str, days_ago: int) -> str:
    """Return the name of a day's partition."""
    return f"{table}_{today() - timedelta(days=days_ago):%Y%m%d}"


def partitions(table: str) -> set[str]:
    """Return the names of a table's partitions."""
    with relay_role() as connection:
        rows = connection.execute("SELECT name::text FROM day_partitions(%s::text::regclass)", (table,)).fetchall()
    return {name for (name,) in rows}


def age(tenant: TestTenant, days: int, *, after: int = 0) -> None:
    """Have what the tenant's outbox and log hold behind a position, and its deliveries, happened days ago."""
    relay()
    with owner_role() as connection, connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant.id),))
        values = {"tenant": tenant.id, "days": days, "after": after}
        for statement in (
            (
                "UPDATE outbox_event SET logged_at = logged_at - make_interval(days => %(days)s)"
                " WHERE tenant_id = %(tenant)s AND position > %(after)s"
            ),
            (
                "UPDATE webhooks_delivery SET logged_at = logged_at - make_interval(days => %(days)s)"
                " WHERE tenant_id = %(tenant)s AND position > %(after)s"
            ),
            "DELETE FROM outbox_feedday WHERE tenant_id = %(tenant)s AND first_position > %(after)s",
            (
                "INSERT INTO outbox_feedday (tenant_id, first_position, logged_on)"
                " SELECT tenant_id, position, (logged_at AT TIME ZONE 'UTC')::date FROM outbox_event"
                " WHERE tenant_id = %(tenant)s AND position > %(after)s ORDER BY position LIMIT 1"
            ),
        ):
            connection.execute(statement, values)


@contextmanager
def seeing_what_is_read(connection: psycopg.Connection[Any]) -> Iterator[set[str]]:
    """Have a transaction, and undo it; the set then holds the partitions of the log that it has looked into."""
    read: set[str] = set()
    with connection.transaction(force_rollback=True):
        before = _looks(connection)
        yield read
        read.update(name for name, looks in _looks(connection).items() if looks > before.get(name, 0))


def _looks(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Return how often the session has looked into each partition, by scans of the table and of its keys."""
    sql = """
        SELECT relname, seq_scan + coalesce(idx_scan, 0) FROM pg_stat_xact_user_tables
        WHERE relid IN (SELECT name FROM day_partitions('outbox_event'))"""
    return dict(connection.execute(sql).fetchall())
