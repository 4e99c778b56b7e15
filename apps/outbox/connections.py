"""Direct connections for what must be fast: server-prepared statements, one round trip, no ORM.

Transactions on them are one statement or one pipeline; the tenant is set inside it, so that nothing outlives it and
the application runs behind a pooler in transaction mode.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeAlias

import psycopg
from django.conf import settings
from psycopg_pool import ConnectionPool, PoolTimeout

from apps.core.errors import Unavailable
from apps.core.metrics import pool_connections, pool_idle, pool_waiting

Params: TypeAlias = Sequence[Any] | Mapping[str, Any]

_WAIT_SECONDS = 2.0
_LOOK_SECONDS = 1.0
_AS_TENANT = "SELECT set_config('app.tenant_id', %s, true), set_config('transaction_read_only', 'on', true)"
_lock = Lock()
_pools: dict[int, ConnectionPool[psycopg.Connection[Any]]] = {}
# Tests observe every flush to the server; production has no observers.
round_trip_observers: list[Callable[[str], None]] = []


def fetch_one_statement(sql: str, params: Params) -> list[tuple[Any, ...]]:
    """Run one statement as its own transaction: one round trip. The statement sets the tenant itself, if it needs one.

    Raises Unavailable when no connection is free in time or the connection breaks: the outcome is then unknown, and
    the caller's idempotency key tells.
    """
    with _connection() as connection:
        _observe(sql)
        return connection.execute(sql, params).fetchall()


def fetch_for_tenant(tenant_id: int, sql: str, params: Params) -> list[tuple[Any, ...]]:
    """Read in the tenant's context: set_config and the query in one flush.

    To the server all that comes before a sync is one transaction, so the settings end with it. Raises Unavailable when
    no connection is free in time or the connection breaks.
    """
    with _connection() as connection:
        _observe(sql)
        with connection.pipeline():
            connection.execute(_AS_TENANT, (str(tenant_id),))
            cursor = connection.execute(sql, params)
        return cursor.fetchall()


def close_pools() -> None:
    """Close the pool of this process (tests that swap databases, and forks)."""
    with _lock:
        pool = _pools.pop(os.getpid(), None)
    if pool is not None:
        pool.close()


def _observe(sql: str) -> None:
    for observe in round_trip_observers:
        observe(sql)


@contextmanager
def _connection() -> Iterator[psycopg.Connection[Any]]:
    try:
        with _pool().connection(timeout=_WAIT_SECONDS) as connection:
            yield connection
    except PoolTimeout as error:
        raise Unavailable("All database connections are busy.") from error


def _pool() -> ConnectionPool[psycopg.Connection[Any]]:
    pid = os.getpid()
    pool = _pools.get(pid)
    if pool is None:
        with _lock:
            pool = _pools.get(pid)
            if pool is None:
                pool = ConnectionPool(
                    settings.DATABASE_URL,
                    min_size=1,
                    max_size=settings.DATABASE_POOL_SIZE,
                    kwargs={
                        "autocommit": True,
                        "prepare_threshold": settings.DATABASE_PREPARE_THRESHOLD,
                        "application_name": "stockwire-hot",
                        "connect_timeout": 3,
                    },
                    open=True,
                )
                _pools[pid] = pool
                threading.Thread(target=_watch, args=(pool,), name="pool-metrics", daemon=True).start()
    return pool


def _watch(pool: ConnectionPool[psycopg.Connection[Any]]) -> None:
    """Tell the metrics about the pool once a second: a request would pay for it, and a scrape sees one worker only."""
    pause = threading.Event()
    while not pool.closed:
        stats = pool.get_stats()
        pool_connections.set(stats["pool_size"])
        pool_idle.set(stats["pool_available"])
        pool_waiting.set(stats["requests_waiting"])
        pause.wait(_LOOK_SECONDS)
