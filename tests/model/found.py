"""What the database holds of a tenant, and what the model expects there. Read as the application; time alone is moved."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db import connection

from apps.core.context import CallContext, PartyType, Principal
from apps.core.ids import decode_id
from apps.inventory.commands.expire_reservations import expire_reservations
from apps.outbox.unit_of_work import as_tenant
from tests.model.stock import Stock

_COUNTS = """
    WITH told AS (
        SELECT subject, sequence FROM outbox_outboxmessage WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'
        UNION ALL
        SELECT subject, sequence FROM outbox_event WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'
    )
    SELECT concat_ws('/', supplier_id, product_id, retail_partner_id), version FROM inventory_stockitem
    WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'lines', count(*) FROM transactions_stocktransaction WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'events', count(*) FROM told
    UNION ALL SELECT 'keys', count(*) FROM outbox_idempotencyrecord WHERE tenant_id = %(tenant)s"""
_LEDGER = """
    SELECT concat_ws('/', supplier_id, product_id, retail_partner_id), item_version, type, warehouse_id,
           COALESCE(batch_number, ''), on_hand_change, reserved_change, on_hold_change
    FROM transactions_stocktransaction WHERE tenant_id = %(tenant)s"""
_EVENTS = """
    SELECT subject, sequence FROM outbox_outboxmessage WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'
    UNION ALL
    SELECT subject, sequence FROM outbox_event WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'"""
# The same as time passing, for everything that reads the clock: the moment lies behind, nothing else has changed.
_LET_PASS = """
    WITH passed AS (
        UPDATE inventory_reservation SET expires_at = clock_timestamp() - interval '1 s'
        WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING item_id, expires_at
    )
    UPDATE inventory_stockitem i SET leases_expire_at = LEAST(i.leases_expire_at, passed.expires_at)
    FROM passed WHERE i.tenant_id = %(tenant)s AND i.id = passed.item_id"""


def counts(tenant_id: int) -> dict[str, int]:
    """Return every item's version, and how many ledger lines, events and idempotency keys there are."""
    return {name: int(number) for name, number in _rows(tenant_id, _COUNTS)}


def expected_counts(stock: Stock) -> dict[str, int]:
    """Return the same of the model: an event for each version, a key for each call that was done."""
    items = stock.items.values()
    versions = {item.key.subject: item.version for item in items}
    return {
        **versions,
        "lines": sum(len(item.ledger) for item in items),
        "events": sum(versions.values()),
        "keys": len(stock.keys),
    }


def ledger(tenant_id: int) -> Counter[tuple[Any, ...]]:
    """Return every line of the ledger."""
    return Counter(tuple(row) for row in _rows(tenant_id, _LEDGER))


def expected_ledger(stock: Stock) -> Counter[tuple[Any, ...]]:
    """Return every line that the model booked."""
    return Counter(
        (item.key.subject, b.version, b.kind, b.change.place.warehouse, b.change.place.batch or "", *b.change[1:])
        for item in stock.items.values()
        for b in item.ledger
    )


def events(tenant_id: int) -> list[tuple[str, int]]:
    """Return every event of an item, by subject and sequence."""
    return sorted((subject, int(sequence)) for subject, sequence in _rows(tenant_id, _EVENTS))


def expected_events(stock: Stock) -> list[tuple[str, int]]:
    """Return exactly one event for each version of each item, without a gap."""
    return sorted((i.key.subject, version) for i in stock.items.values() for version in range(1, i.version + 1))


def let_pass(tenant_id: int, reservation: str) -> None:
    """Move the moment at which a reservation ends into the past."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
        cursor.execute(_LET_PASS, {"tenant": tenant_id, "id": decode_id("res", reservation)})
        assert cursor.rowcount == 1, reservation


def sweep(tenant_id: int) -> None:
    """Let the task look that takes back what has lapsed."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    expire_reservations(CallContext(principal=principal, now=datetime.now(UTC), request_id=""))


def _rows(tenant_id: int, sql: str) -> list[tuple[Any, ...]]:
    with as_tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant_id})
        return list(cursor.fetchall())
