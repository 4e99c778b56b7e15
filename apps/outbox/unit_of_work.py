"""The one place that opens a transaction.

`use_case` is the door for commands, `reading` the door for queries. (The stock kernel is a transaction in one
statement; it goes through `apps.outbox.connections` and claims keys by the same function, `domain/claims.sql`.)

A refusal rolls everything back: it consumed nothing and its key stays free.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

import msgspec
from django.db import connection, transaction
from prometheus_client import Counter
from psycopg import IsolationLevel

from apps.core.context import CallContext, IdempotencyClaim
from apps.core.errors import KeyReused
from apps.core.ids import uuid7
from apps.core.structs import convert, decoder_of
from apps.outbox.types import Event, Outcome
from apps.outbox.waker import wake_relay

_plain = decoder_of(object)
P = ParamSpec("P")
R = TypeVar("R")


class UnitOfWork:
    """An open transaction of one tenant: the first argument of every domain function that writes."""

    def __init__(self, ctx: CallContext) -> None:
        self.ctx = ctx
        self._events: list[Event] = []
        self._wrote_events = False
        self._counters: list[Counter] = []

    def emit(self, event: Event) -> None:
        """Have the event written with this transaction; it exists if and only if the transaction commits."""
        self._events.append(event)

    def count(self, counter: Counter) -> None:
        """Have a metric counted once the transaction has committed."""
        self._counters.append(counter)

    def committed(self) -> None:
        """Count what waited for the commit."""
        for counter in self._counters:
            counter.inc()

    def fetch(self, sql: str, params: list[Any] | dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run SQL inside this transaction and return its rows."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def flush(self) -> None:
        """Write the emitted events to the outbox."""
        if not self._events:
            return
        rows = [
            (self.ctx.tenant_id, uuid7(), event.type, event.subject, event.sequence, _json(event.facts), self.ctx.now)
            for event in self._events
        ]
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT_EVENT, rows)
        self._events.clear()

    def wrote_events(self) -> None:
        """Note that a function of the database wrote events in this transaction."""
        self._wrote_events = True

    @property
    def has_events(self) -> bool:
        """True where the relay will find something: events wait for `flush`, or were written by the database."""
        return bool(self._events) or self._wrote_events


_INSERT_EVENT = """
    INSERT INTO outbox_outboxmessage (tenant_id, event_id, type, subject, sequence, facts, occurred_at)
    VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)
"""


def use_case(
    result_type: type[R],
) -> Callable[[Callable[Concatenate[UnitOfWork, P], R]], Callable[Concatenate[CallContext, P], Outcome[R]]]:
    """Make a command of a function: one durable transaction, one idempotency claim, one result.

    `result_type` is a dataclass or Struct of plain values: it is stored under the caller's key as facts and read
    back for a replay.
    """

    def decorate(
        function: Callable[Concatenate[UnitOfWork, P], R],
    ) -> Callable[Concatenate[CallContext, P], Outcome[R]]:
        @wraps(function)
        def run(ctx: CallContext, /, *args: P.args, **kwargs: P.kwargs) -> Outcome[R]:
            with _transaction(ctx):
                stored = _claim(ctx, ctx.idempotency) if ctx.idempotency else None
                if stored is not None:
                    return Outcome(convert(stored, result_type, strict=False), replayed=True)
                uow = UnitOfWork(ctx)
                result = function(uow, *args, **kwargs)
                emitted = uow.has_events
                uow.flush()
                if ctx.idempotency:
                    _store_facts(ctx, ctx.idempotency, result)
            uow.committed()
            if emitted:
                wake_relay()
            return Outcome(result)

        return run

    return decorate


@contextmanager
def reading(ctx: CallContext) -> Iterator[None]:
    """Read as the call's tenant, all of one moment, however many statements it takes.

    Consume querysets inside: outside they raise instead of leaking.
    """
    with _of_one_moment(), _transaction(ctx):
        yield


@contextmanager
def as_tenant(tenant_id: int) -> Iterator[None]:
    """Work as a tenant where there is no call: the admin's requests and management commands."""
    with transaction.atomic(durable=True):
        set_tenant(tenant_id)
        yield


def set_tenant(tenant_id: int) -> None:
    """Set the tenant for row level security until the open transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])


@contextmanager
def identity_transaction() -> Iterator[None]:
    """Change identity tables (tenants, users, applications), which belong to no tenant's rows."""
    with transaction.atomic(durable=True):
        yield


@contextmanager
def _transaction(ctx: CallContext) -> Iterator[None]:
    with transaction.atomic(durable=True):
        set_tenant(ctx.tenant_id)
        yield


@contextmanager
def _of_one_moment() -> Iterator[None]:
    """Have the next transaction see what its first statement sees: a version, and what was the thing at that version.

    The level goes with the `BEGIN` that is sent anyway. Nothing is locked, and nobody who only reads is refused.
    """
    connection.ensure_connection()
    session = connection.connection
    session.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        if not session.closed:
            session.isolation_level = None


def _claim(ctx: CallContext, claim: IdempotencyClaim) -> Any:
    """Claim the key, or return the facts of the first use.

    Raises KeyReused where the key names another request.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT claimed, same_request, facts FROM claim_idempotency_key(%s, %s, %s, %s)",
            [ctx.tenant_id, ctx.principal.application_id, claim.key, claim.fingerprint],
        )
        claimed, same_request, facts = cursor.fetchone()
    if claimed:
        return None
    if not same_request:
        raise KeyReused
    return facts if not isinstance(facts, str) else _plain.decode(facts)


def _store_facts(ctx: CallContext, claim: IdempotencyClaim, result: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_idempotencyrecord SET facts = %s::jsonb"
            " WHERE tenant_id = %s AND application_id = %s AND key = %s",
            [_json(result), ctx.tenant_id, ctx.principal.application_id, claim.key],
        )


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=_encode).decode()


def _encode(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not a fact")
