"""What the database holds of a tenant, and what the model expects there. Read as the application; time alone is moved."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Any, LiteralString, TypeAlias

import psycopg
from psycopg.sql import SQL, Identifier

from apps.core.context import CallContext, PartyType, Principal
from apps.core.ids import decode_id
from apps.inventory.commands.expire_reservations import expire_reservations
from tests.model.stock import Stock

EventCounts: TypeAlias = tuple[Counter[tuple[str, str, int]], Counter[tuple[str, str]]]
_TOLD = "split_part(type, '.', 1) IN ('inventory', 'reservation', 'transfer', 'batch')"
_EVENTS = f"""
    SELECT type, subject, sequence FROM outbox_outboxmessage WHERE tenant_id = %(tenant)s AND ({_TOLD})
    UNION ALL
    SELECT type, subject, sequence FROM outbox_event WHERE tenant_id = %(tenant)s AND ({_TOLD})"""
_COUNTS = f"""
    WITH told AS ({_EVENTS})
    SELECT concat_ws('/', supplier_id, product_id, retail_partner_id), version FROM inventory_stockitem
    WHERE tenant_id = %(tenant)s
    UNION ALL SELECT concat_ws('/', supplier_id, product_id, retail_partner_id) || '@' || number, 1 FROM inventory_batch
    WHERE tenant_id = %(tenant)s AND held
    UNION ALL SELECT 'lines', count(*) FROM transactions_stocktransaction WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'reservations', COALESCE(sum(version), 0) FROM inventory_reservation WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'transfers', COALESCE(sum(version), 0) FROM inventory_transfer WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'counts', COALESCE(sum(version), 0) FROM inventory_count WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'pools', count(*) FROM inventory_allocation WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'sold of pools', COALESCE(sum(sold), 0) FROM inventory_allocation WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'reviews', COALESCE(sum(version), 0) FROM inventory_review WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'policy', version FROM inventory_conflictpolicy WHERE tenant_id = %(tenant)s
    UNION ALL SELECT 'events', count(*) FROM told
    UNION ALL SELECT 'keys', count(*) FROM outbox_idempotencyrecord WHERE tenant_id = %(tenant)s"""
_LEDGER = """
    SELECT concat_ws('/', supplier_id, product_id, retail_partner_id), item_version, type, warehouse_id,
           COALESCE(batch_number, ''), on_hand_change, reserved_change, on_hold_change,
           COALESCE(stock_public_id('res', reservation_id), '')
    FROM transactions_stocktransaction WHERE tenant_id = %(tenant)s"""
# What transfers moved and what is under way, by product: neither makes anything nor loses any.
_CONSERVED = """
    SELECT product, sum(quantity) FROM (
        SELECT product_id, on_hand_change FROM transactions_stocktransaction
        WHERE tenant_id = %(tenant)s AND type = 'transfer'
        UNION ALL
        SELECT l.product_id, p.shipped + p.over - p.received - p.damaged - p.short - p.returned
        FROM inventory_transferparcel p JOIN inventory_transferline l ON l.tenant_id = p.tenant_id AND l.id = p.line_id
        WHERE p.tenant_id = %(tenant)s
    ) AS moved (product, quantity) GROUP BY product HAVING sum(quantity) <> 0"""
# The same as time passing, for everything that reads the clock: the moment lies behind, nothing else has changed.
_LET_PASS = """
    WITH passed AS (
        UPDATE inventory_reservation SET expires_at = %(moment)s
        WHERE tenant_id = %(tenant)s AND id = %(id)s RETURNING id, expires_at
    ), parts AS (
        UPDATE inventory_reservationitem p SET expires_at = passed.expires_at FROM passed
        WHERE p.tenant_id = %(tenant)s AND p.reservation_id = passed.id RETURNING p.item_id, p.expires_at, p.state
    )
    UPDATE inventory_stockitem i SET leases_expire_at = LEAST(i.leases_expire_at, parts.expires_at)
    FROM parts WHERE i.tenant_id = %(tenant)s AND i.id = parts.item_id"""


class Database:
    """A tenant's rows, over a connection of their own: it is asked after every call."""

    def __init__(self, tenant_id: int) -> None:
        self._tenant_id = tenant_id
        self._reader = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
        self._reader.execute("SELECT set_config('app.tenant_id', %s, false)", [str(tenant_id)])

    def close(self) -> None:
        """Give the connection back."""
        self._reader.close()

    def counts(self) -> dict[str, int]:
        """Return every item's version, every held batch, and how many ledger lines, events and keys there are."""
        return {name: int(number) for name, number in self._rows(_COUNTS)}

    def ledger(self) -> Counter[tuple[Any, ...]]:
        """Return every line of the ledger."""
        return Counter(self._rows(_LEDGER))

    def lost_on_the_way(self) -> list[tuple[Any, ...]]:
        """Return the products of which transfers made or lost anything; none, if all is well."""
        return self._rows(_CONSERVED)

    def events(self) -> EventCounts:
        """Return every event by type, subject and sequence, but those of reservations by type and subject."""
        found = Counter((kind, subject, int(sequence)) for kind, subject, sequence in self._rows(_EVENTS))
        of_leases = Counter({event: number for event, number in found.items() if event[0].startswith("reservation.")})
        return found - of_leases, Counter((kind, subject) for kind, subject, _ in of_leases.elements())

    def _rows(self, sql: LiteralString) -> list[tuple[Any, ...]]:
        return self._reader.execute(sql, {"tenant": self._tenant_id}).fetchall()


def expected_counts(stock: Stock) -> dict[str, int]:
    """Return the same of the model: an event for each version, a key for each call that was done."""
    items = stock.items.values()
    versions = {item.key.subject: item.version for item in items}
    reservations = stock.reservations.values()
    return {
        **versions,
        **{f"{item.key.subject}@{number}": 1 for item in items for number in item.held},
        "lines": sum(len(item.ledger) for item in items),
        "events": sum(versions.values())
        + sum(len(item.crossings) + len(item.marked) for item in items)
        + sum(len(reservation.told) for reservation in reservations)
        + sum(len(transfer.told) for transfer in stock.transfers.values())
        + len(stock.reviews),
        "reservations": sum(reservation.version for reservation in reservations),
        "transfers": sum(transfer.version for transfer in stock.transfers.values()),
        "counts": sum(count.version for count in stock.counts.values()),
        "pools": sum(len(item.pools) for item in items),
        "sold of pools": sum(pool.sold for item in items for pool in item.pools.values()),
        "reviews": sum(review.version for review in stock.reviews.values()),
        "policy": stock.policy.version,
        "keys": len(stock.keys),
    }


def expected_ledger(stock: Stock) -> Counter[tuple[Any, ...]]:
    """Return every line that the model booked."""
    return Counter(
        (
            item.key.subject,
            b.version,
            b.kind,
            b.change.place.warehouse,
            b.change.place.batch or "",
            *b.change[1:4],
            b.change.reservation,
        )
        for item in stock.items.values()
        for b in item.ledger
    )


def expected_counts_and_ledger(stock: Stock) -> tuple[dict[str, int], Counter[tuple[Any, ...]]]:
    """Return what tells two orders of calls apart that give the same answers."""
    return expected_counts(stock), expected_ledger(stock)


def expected_events(stock: Stock) -> EventCounts:
    """Return one event for each version of each item, one for each crossing, and what was told of all else.

    Which of two kinds that one call told of a reservation has the lower sequence is nobody's promise.
    """
    items = stock.items.values()
    changes = Counter(
        ("inventory.updated", i.key.subject, version) for i in items for version in range(1, i.version + 1)
    )
    crossings = Counter((kind, i.key.subject + place, version) for i in items for kind, place, version in i.crossings)
    steps = Counter((kind, name, version) for name, t in stock.transfers.items() for kind, version in t.told)
    batches = Counter((kind, f"{i.key.subject}@{number}", version) for i in items for kind, number, version in i.marked)
    doubts = Counter(("inventory.discrepancy", name, 1) for name in stock.reviews)
    return changes + crossings + batches + steps + doubts, Counter(
        (kind, name) for name, r in stock.reservations.items() for kind in r.told
    )


def let_pass(tenant_id: int, reservation: str, moment: datetime) -> None:
    """Have a reservation end at another moment, one that has passed."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
        cursor.execute(_LET_PASS, {"tenant": tenant_id, "id": decode_id("res", reservation), "moment": moment})
        assert cursor.rowcount >= 1, reservation


def let_pool_pass(tenant_id: int, pool: str, moment: datetime, *, ends: bool) -> None:
    """Have the moment until which a pool may be borrowed, or at which it ends, be another one: one that has passed."""
    column = "ends_at" if ends else "borrowable_until"
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner, owner.cursor() as cursor:
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant_id)])
        sql = SQL("UPDATE inventory_allocation SET {} = %s WHERE tenant_id = %s AND id = %s").format(Identifier(column))
        cursor.execute(sql, [moment, tenant_id, decode_id("alc", pool)])
        assert cursor.rowcount == 1, pool


def sweep(tenant_id: int) -> None:
    """Let the task look that takes back what has lapsed."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    expire_reservations(CallContext(principal=principal, now=datetime.now(UTC), request_id=""))
