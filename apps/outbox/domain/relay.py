"""One step of the relay: events get their places in the log, and the log's readers get the events, or neither."""

from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

import psycopg
from django.conf import settings
from django.utils.module_loading import import_string

from apps.outbox.types import RelayedRange
from apps.outbox.waker import wake_readers

RelayConnection = psycopg.AsyncConnection[tuple[Any, ...]]
EventConsumer = Callable[[RelayConnection, Sequence[RelayedRange]], Awaitable[None]]

# Of one tenant in one step: a bulk import takes its turns with everybody else's live traffic.
_TENANT_LIMIT = 500
_RELAY_EVENTS = "SELECT tenant_id, first_position, last_position FROM relay_events(%s)"


async def relay_events(connection: RelayConnection) -> list[RelayedRange]:
    """Move what waits in the outbox to the log and hand it to settings.OUTBOX_CONSUMERS, in one transaction.

    Returns the ranges of positions that were given. The connection is the relay role's, in autocommit; the commit
    waits for the disk, because from then on readers may have seen the order.
    """
    async with connection.pipeline():
        await connection.execute("BEGIN")
        cursor = await connection.execute(_RELAY_EVENTS, (_TENANT_LIMIT,))
    try:
        ranges = [RelayedRange(*row) for row in await cursor.fetchall()]
        if ranges:
            for consumer in _consumers():
                await consumer(connection, ranges)
        await connection.execute("COMMIT")
    except BaseException:
        if not connection.broken:
            await connection.execute("ROLLBACK")
        raise
    if ranges:
        wake_readers(each.tenant_id for each in ranges)
    return ranges


@cache
def _consumers() -> tuple[EventConsumer, ...]:
    return tuple(import_string(path) for path in settings.OUTBOX_CONSUMERS)
