"""What events cost: a movement's commit with and without its event, and giving events to eight webhooks.

Relay, dispatcher, worker and beat stand still meanwhile: they would use the same processors.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import psycopg
from psycopg.types.json import Jsonb

from bench.books import await_relay, balanced
from bench.deliveries import Deliveries
from bench.errors import BenchFailed
from bench.measuring import metered
from bench.peers import kernel_calls
from bench.samples import Sample
from bench.stage import BARE, WEBHOOKS, Stage
from bench.us import standing_still
from sandbox.embedded.bootstrap import DATABASE

_EVENTS, _STEP = 4_000, 500
_CLIENTS = 8
_UNTOLD = "CREATE RULE bench_untold AS ON INSERT TO outbox_outboxmessage DO INSTEAD NOTHING"
_TOLD = "DROP RULE bench_untold ON outbox_outboxmessage"
_EXAMPLE = """
    SELECT e.tenant_id, e.facts FROM outbox_event e JOIN webhooks_webhook w ON w.tenant_id = e.tenant_id
    WHERE e.type = 'inventory.updated' ORDER BY e.position DESC LIMIT 1
"""
_WRITE = """
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    SELECT %s, gen_random_uuid(), 'inventory.updated', 'BENCH/' || n, 1, %s, now() FROM generate_series(1, %s) n
"""
_RELAY = "SELECT tenant_id, first_position, last_position FROM relay_events(%s)"
_FAN_OUT = "SELECT fan_out_events(%s, %s, %s)"
_BARE_TABLES = """
    DROP TABLE IF EXISTS bare_outbox, bare_log, bare_delivery;
    CREATE TABLE bare_outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, event_id uuid NOT NULL,
        type text NOT NULL, subject text NOT NULL, sequence bigint NOT NULL, facts jsonb NOT NULL,
        occurred_at timestamptz NOT NULL);
    CREATE TABLE bare_log (
        tenant_id bigint NOT NULL, position bigint NOT NULL, event_id uuid NOT NULL, type text NOT NULL,
        subject text NOT NULL, sequence bigint NOT NULL, facts jsonb NOT NULL, occurred_at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, position));
    CREATE TABLE bare_delivery (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL, webhook_id text NOT NULL,
        key text NOT NULL, position bigint NOT NULL, logged_at timestamptz NOT NULL, event_id uuid NOT NULL,
        type text NOT NULL, subject text NOT NULL, sequence bigint NOT NULL, state smallint NOT NULL,
        attempts smallint NOT NULL, due_at timestamptz NOT NULL);
"""
_BARE_WRITE = """
    INSERT INTO bare_outbox (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    SELECT 1, gen_random_uuid(), 'inventory.updated', 'BENCH/' || n, 1, %s, now() FROM generate_series(1, %s) n
"""
_BARE_MOVE = """
    INSERT INTO bare_log SELECT tenant_id, id, event_id, type, subject, sequence, facts, occurred_at, now()
    FROM bare_outbox WHERE id BETWEEN %s AND %s
"""
_BARE_FAN_OUT = """
    INSERT INTO bare_delivery (tenant_id, webhook_id, key, position, logged_at, event_id, type, subject, sequence,
                               state, attempts, due_at)
    SELECT e.tenant_id, 'webhook ' || w, e.type || ' ' || e.subject, e.position, e.logged_at, e.event_id, e.type,
           e.subject, e.sequence, 0, 0, now()
    FROM bare_log e CROSS JOIN generate_series(1, %s) w WHERE e.tenant_id = 1 AND e.position BETWEEN %s AND %s
"""


def commits(stage: Stage, seconds: float, *, events: bool) -> Sample:
    """Measure our kernel from pgbench, each movement with its event or without."""
    with balanced(stage, DATABASE) as answered:
        with nullcontext() if events else _untold(stage), standing_still(stage):
            sample, answered[0] = kernel_calls(stage, seconds, clients=_CLIENTS)
        await_relay(stage)
    return sample


def relay(stage: Stage, deliveries: Deliveries) -> Sample:
    """Measure the relay's step: events get their places in the log, and every webhook its deliveries."""
    deliveries.subscribe()
    await_relay(stage)
    with standing_still(stage), psycopg.connect(stage.database_url(DATABASE)) as connection:
        tenant, facts = _example(connection)
        connection.execute(_WRITE, (tenant, Jsonb(facts), _EVENTS))
        connection.commit()
        with metered({"postgres": [stage.pid("postgres")]}) as meter:
            started, moved = time.monotonic(), 0
            while moved < _EVENTS:
                ranges = connection.execute(_RELAY, (_STEP,)).fetchall()
                if not ranges:
                    raise BenchFailed(f"The relay stopped after {moved} of {_EVENTS} events.")
                connection.execute(_FAN_OUT, tuple(list(column) for column in zip(*ranges, strict=True)))
                connection.commit()
                moved += sum(last - first + 1 for _, first, last in ranges)
            took = time.monotonic() - started
        # Nobody shall send them: the receivers' numbers are of other events.
        gone = connection.execute("DELETE FROM webhooks_delivery WHERE subject LIKE 'BENCH/%'").rowcount
        if gone != _EVENTS * WEBHOOKS:
            raise BenchFailed(f"{gone} of {_EVENTS * WEBHOOKS} deliveries were made.")
    return Sample(per_second=gone / took, cpu_ms=meter.per_answer(gone), foreign=meter.foreign)


def bare_inserts(stage: Stage) -> Sample:
    """Measure as many rows of the same shape written by two bare INSERT … SELECT for as many events at a time."""
    with psycopg.connect(stage.database_url(DATABASE)) as connection:
        _, facts = _example(connection)
    with psycopg.connect(stage.database_url(BARE)) as connection:
        connection.execute(_BARE_TABLES)
        connection.execute(_BARE_WRITE, (Jsonb(facts), _EVENTS))
        connection.commit()
        with standing_still(stage), metered({"postgres": [stage.pid("postgres")]}) as meter:
            started = time.monotonic()
            for first in range(1, _EVENTS + 1, _STEP):
                connection.execute(_BARE_MOVE, (first, first + _STEP - 1))
                connection.execute(_BARE_FAN_OUT, (WEBHOOKS, first, first + _STEP - 1))
                connection.commit()
            took = time.monotonic() - started
    written = _EVENTS * WEBHOOKS
    return Sample(per_second=written / took, cpu_ms=meter.per_answer(written), foreign=meter.foreign)


def _example(connection: "psycopg.Connection") -> tuple[int, object]:
    row = connection.execute(_EXAMPLE).fetchone()
    if row is None:
        raise BenchFailed("No event of a tenant with webhooks is in the log.")
    return int(row[0]), row[1]


@contextmanager
def _untold(stage: Stage) -> Iterator[None]:
    """Have the statement that writes an event do nothing, for the length of the block."""
    with psycopg.connect(stage.database_url(DATABASE), autocommit=True) as connection:
        connection.execute(_UNTOLD)
        try:
            yield
        finally:
            connection.execute(_TOLD)
