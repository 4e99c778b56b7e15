"""Taking deliveries and giving them back. What a crash of the database forgets here is sent twice, never lost."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import psycopg
from django.conf import settings

from apps.outbox.domain.relay import RelayConnection
from apps.outbox.types import LoggedEvent
from apps.webhooks.domain.retries import DELAYS, MAX_ATTEMPTS
from apps.webhooks.types import Claim, Result, facts_for_json, reader_of

_MAX_LANES = 256
_MAX_EXPIRED = 500
# Defined in claims.sql and completions.sql. No wait for the disk: a lost claim or completion is a duplicate.
_NO_WAIT = "SET LOCAL synchronous_commit = off"
_CLAIM = "SELECT * FROM claim_deliveries(%s, %s, %s, %s, %s)"
_COMPLETE = "SELECT complete_deliveries(%s::jsonb, %s, %s)"
_TELL_OF_FAILING = "SELECT tell_of_failing(%s, %s)"
_EXPIRED = """
    SELECT tenant_id, webhook_id, id, claim_id, attempts FROM webhooks_delivery
    WHERE state = 1 AND lease_until < now() LIMIT %s
"""


async def claim_deliveries(connection: RelayConnection, *, limit: int, unproven: int) -> list[Claim]:
    """Take up to `limit` due deliveries, leased for WEBHOOK_LEASE_SECONDS; `unproven` of them for unproven receivers.

    In the order of the log for each webhook.
    """
    # Read before the lease starts: the local deadline is never later than the database's.
    send_by = asyncio.get_running_loop().time() + settings.WEBHOOK_LEASE_SECONDS - settings.WEBHOOK_TOTAL_TIMEOUT
    async with connection.pipeline():
        await connection.execute("BEGIN")
        await connection.execute(_NO_WAIT)
        cursor = await connection.execute(
            _CLAIM, (limit, unproven, settings.WEBHOOK_MAX_OF_A_TENANT, _MAX_LANES, settings.WEBHOOK_LEASE_SECONDS)
        )
        await connection.execute("COMMIT")
    return [_claim(row, send_by) for row in await cursor.fetchall()]


async def complete_deliveries(connection: RelayConnection, results: Sequence[Result]) -> None:
    """Write what became of claims; harmless when repeated, for the claim's id fences it."""
    document = msgspec.json.encode(results, enc_hook=facts_for_json).decode()
    async with connection.pipeline():
        await connection.execute("BEGIN")
        await connection.execute(_NO_WAIT)
        await connection.execute(_COMPLETE, (document, MAX_ATTEMPTS, settings.WEBHOOK_RETRY_SCALE))
        await connection.execute("COMMIT")


async def expired_claims(connection: RelayConnection) -> list[Result]:
    """Return claims whose lease has ended, as failures.

    Their next try waits no longer than the lost one did: that a dispatcher died says nothing about the receiver.
    """
    cursor = await connection.execute(_EXPIRED, (_MAX_EXPIRED,))
    return [
        Result(
            tenant_id=tenant_id,
            webhook_id=webhook_id,
            delivery_id=delivery_id,
            claim_id=claim_id,
            outcome="failed",
            error="The dispatcher that had taken it did not report in time.",
            delay=DELAYS[min(attempts, MAX_ATTEMPTS) - 1] * settings.WEBHOOK_RETRY_SCALE,
        )
        for tenant_id, webhook_id, delivery_id, claim_id, attempts in await cursor.fetchall()
    ]


async def tell_of_failing(connection: RelayConnection) -> int:
    """Write the notices that are due about receivers that fail; disable after 72 hours. Returns how many."""
    cursor = await connection.execute(_TELL_OF_FAILING, (_MAX_LANES, settings.WEBHOOK_RETRY_SCALE))
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def clock_difference(connection: RelayConnection, *, worker_clock: float) -> float:
    """Return how many seconds the database's clock is ahead of `worker_clock` (seconds since 1970)."""
    cursor = await connection.execute("SELECT extract(epoch FROM clock_timestamp())::double precision")
    row = await cursor.fetchone()
    if row is None:
        raise psycopg.OperationalError("the clock was not answered")
    return float(row[0]) - worker_clock


def _claim(row: tuple[Any, ...], send_by: float) -> Claim:
    delivery, logged = row[:13], row[13:]
    id_, tenant_id, webhook_id, claim_id, attempts, url, party_type, party_id = delivery[:8]
    strategy, proven, secret_ids, secrets, now = delivery[8:]
    # (position, event id, type, subject, sequence, facts, occurred at): all null where the log no longer has it
    event = LoggedEvent(tenant_id, *logged) if logged[0] is not None else None
    return Claim(
        id=id_,
        tenant_id=tenant_id,
        webhook_id=webhook_id,
        claim_id=claim_id,
        attempts=attempts,
        url=url,
        reader=reader_of(tenant_id, party_type, party_id),
        strategy=strategy,
        proven=proven,
        event=event,
        secrets=tuple(zip(secret_ids, secrets, strict=True)),
        claimed_at=now,
        send_by=send_by,
    )
