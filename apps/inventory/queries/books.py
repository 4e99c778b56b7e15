"""Whether the books balance: every number of a tenant's stock, calculated again from what it must follow from.

Each rule is one statement, so it sees one moment; each reads its tables once, and sorts and joins in the database's
bounded memory. A movement that commits meanwhile is seen whole or not at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from apps.outbox.unit_of_work import as_tenant

_SUBJECT = "{i}.supplier_id || '/' || {i}.product_id || COALESCE('/' || {i}.retail_partner_id, '')"
_ITEM = _SUBJECT.format(i="i")
_BALANCE = "'on hand ' || {t}.on_hand || ', reserved ' || {t}.reserved || ', on hold ' || {t}.on_hold"
_NOTHING = "COALESCE({t}.on_hand, 0), COALESCE({t}.reserved, 0), COALESCE({t}.on_hold, 0)"
_PLACE = "' in ' || {t}.warehouse_id || COALESCE(' batch ' || {t}.batch_number, '')"

# Each returns where the books are wrong, what they say, and what they should say.
_RULES = {
    "a level is the sum of its ledger": f"""
        WITH sums AS (
            SELECT t.level_id, sum(t.on_hand_change)::bigint AS on_hand, sum(t.reserved_change)::bigint AS reserved,
                   sum(t.on_hold_change)::bigint AS on_hold, min(t.supplier_id) AS supplier_id,
                   min(t.product_id) AS product_id, min(t.retail_partner_id) AS retail_partner_id,
                   min(t.warehouse_id) AS warehouse_id, min(t.batch_number) AS batch_number
            FROM transactions_stocktransaction t WHERE t.tenant_id = %(tenant)s GROUP BY t.level_id
        ), levels AS (
            SELECT l.*, i.supplier_id, i.product_id, i.retail_partner_id FROM inventory_stocklevel l
            JOIN inventory_stockitem i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
            WHERE l.tenant_id = %(tenant)s
        )
        SELECT COALESCE({_SUBJECT.format(i="l")} || {_PLACE.format(t="l")},
                        {_SUBJECT.format(i="s")} || {_PLACE.format(t="s")}),
               COALESCE({_BALANCE.format(t="l")}, 'no level'), COALESCE({_BALANCE.format(t="s")}, 'nothing')
        FROM levels l FULL JOIN sums s ON s.level_id = l.id
        WHERE l.id IS NULL OR (l.on_hand, l.reserved, l.on_hold) IS DISTINCT FROM ({_NOTHING.format(t="s")})""",
    "an item is the sum of its levels": f"""
        WITH sums AS (
            SELECT l.item_id, sum(l.on_hand)::bigint AS on_hand, sum(l.reserved)::bigint AS reserved,
                   sum(l.on_hold)::bigint AS on_hold
            FROM inventory_stocklevel l WHERE l.tenant_id = %(tenant)s GROUP BY l.item_id
        )
        SELECT {_ITEM}, {_BALANCE.format(t="i")}, COALESCE({_BALANCE.format(t="s")}, 'nothing')
        FROM inventory_stockitem i LEFT JOIN sums s ON s.item_id = i.id
        WHERE i.tenant_id = %(tenant)s
          AND (i.on_hand, i.reserved, i.on_hold) IS DISTINCT FROM ({_NOTHING.format(t="s")})""",
    "what is reserved is held by live reservations": f"""
        WITH held AS (
            SELECT h.level_id, sum(h.remaining)::bigint AS quantity FROM inventory_reservationline h
            JOIN inventory_stocklevel n ON n.tenant_id = h.tenant_id AND n.id = h.level_id
            JOIN inventory_reservationitem p ON p.tenant_id = h.tenant_id AND p.reservation_id = h.reservation_id
                AND p.item_id = n.item_id AND p.state = 'held'
            WHERE h.tenant_id = %(tenant)s GROUP BY h.level_id
        )
        SELECT {_ITEM} || {_PLACE.format(t="l")}, 'reserved ' || l.reserved, 'held ' || COALESCE(held.quantity, 0)
        FROM inventory_stocklevel l
        JOIN inventory_stockitem i ON i.tenant_id = l.tenant_id AND i.id = l.item_id
        LEFT JOIN held ON held.level_id = l.id
        WHERE l.tenant_id = %(tenant)s AND l.reserved <> COALESCE(held.quantity, 0)""",
    "a part of a reservation is the sum of its lines": f"""
        WITH lines AS (
            SELECT h.reservation_id, n.item_id, sum(h.remaining)::bigint AS quantity FROM inventory_reservationline h
            JOIN inventory_stocklevel n ON n.tenant_id = h.tenant_id AND n.id = h.level_id
            WHERE h.tenant_id = %(tenant)s GROUP BY h.reservation_id, n.item_id
        )
        SELECT {_ITEM} || ' of ' || p.reservation_id, p.state || ' ' || p.remaining,
               'lines ' || COALESCE(lines.quantity, 0)
        FROM inventory_reservationitem p
        JOIN inventory_stockitem i ON i.tenant_id = p.tenant_id AND i.id = p.item_id
        LEFT JOIN lines ON lines.reservation_id = p.reservation_id AND lines.item_id = p.item_id
        WHERE p.tenant_id = %(tenant)s
          AND (p.remaining <> COALESCE(lines.quantity, 0) OR (p.state = 'held') <> (p.remaining + p.waiting > 0))""",
    "what waits for an item is the sum of its back-orders": f"""
        WITH sums AS (
            SELECT p.item_id, sum(p.waiting)::bigint AS quantity FROM inventory_reservationitem p
            WHERE p.tenant_id = %(tenant)s AND p.waiting > 0 GROUP BY p.item_id
        )
        SELECT {_ITEM}, 'waiting ' || i.waiting, 'back-orders ' || COALESCE(sums.quantity, 0)
        FROM inventory_stockitem i LEFT JOIN sums ON sums.item_id = i.id
        WHERE i.tenant_id = %(tenant)s AND i.waiting <> COALESCE(sums.quantity, 0)""",
    "what is incoming is the sum of the arrivals": f"""
        WITH sums AS (
            SELECT a.item_id, sum(a.quantity)::bigint AS quantity FROM inventory_arrival a
            WHERE a.tenant_id = %(tenant)s GROUP BY a.item_id
        )
        SELECT {_ITEM}, 'incoming ' || i.incoming, 'arrivals ' || COALESCE(sums.quantity, 0)
        FROM inventory_stockitem i LEFT JOIN sums ON sums.item_id = i.id
        WHERE i.tenant_id = %(tenant)s AND i.incoming <> COALESCE(sums.quantity, 0)""",
    "what is in transit was shipped and has not arrived": """
        WITH sent AS (
            SELECT t.id, t.status, l.supplier_id || '/' || l.product_id || COALESCE('/' || t.to_partner_id, '') AS item,
                   sum(p.shipped + p.over - p.received - p.damaged - p.short - p.returned)::bigint AS quantity
            FROM inventory_transfer t
            JOIN inventory_transferline l ON l.tenant_id = t.tenant_id AND l.transfer_id = t.id
            JOIN inventory_transferparcel p ON p.tenant_id = l.tenant_id AND p.line_id = l.id
            WHERE t.tenant_id = %(tenant)s GROUP BY t.id, t.status, item
        ), under_way AS (
            SELECT '/v1/transfers/' || sent.id AS source, sent.* FROM sent WHERE sent.quantity <> 0
        ), expected AS (
            SELECT a.source, a.quantity,
                   i.supplier_id || '/' || i.product_id || COALESCE('/' || i.retail_partner_id, '') AS item
            FROM inventory_arrival a JOIN inventory_stockitem i ON i.tenant_id = a.tenant_id AND i.id = a.item_id
            WHERE a.tenant_id = %(tenant)s AND a.source LIKE '/v1/transfers/%%'
        )
        SELECT COALESCE(u.item || ' of ' || u.id, e.item || ' of ' || e.source),
               COALESCE(u.status || ', under way ' || u.quantity, 'nothing under way'),
               'inTransit, expected ' || COALESCE(e.quantity, 0)
        FROM under_way u FULL JOIN expected e ON e.source = u.source AND e.item = u.item
        WHERE u.quantity IS DISTINCT FROM e.quantity OR u.status <> 'inTransit'""",
    "an item knows its pools, and no pool sold more than left the house": f"""
        WITH counted AS (
            SELECT a.item_id, count(*) AS pools, sum(a.sold)::bigint AS sold FROM inventory_allocation a
            WHERE a.tenant_id = %(tenant)s GROUP BY a.item_id
        ), gone AS (
            SELECT t.item_id, -sum(t.on_hand_change)::bigint AS quantity FROM transactions_stocktransaction t
            WHERE t.tenant_id = %(tenant)s AND t.on_hand_change < 0 GROUP BY t.item_id
        )
        SELECT {_ITEM}, i.pools || ' pools', COALESCE(counted.pools, 0) || ' pools, sold ' || COALESCE(counted.sold, 0)
        FROM inventory_stockitem i LEFT JOIN counted ON counted.item_id = i.id LEFT JOIN gone ON gone.item_id = i.id
        WHERE i.tenant_id = %(tenant)s
          AND (i.pools <> COALESCE(counted.pools, 0) OR COALESCE(counted.sold, 0) > COALESCE(gone.quantity, 0))""",
    # Of an item's events the log forgets the oldest first. Where it has forgotten something, what it keeps of an item
    # is without a gap up to the item's version; an item that nothing is kept of has not changed for as long.
    "every version of an item has its event, and no event is ahead": f"""
        WITH forgotten AS (
            SELECT COALESCE((SELECT min(d.first_position) FROM outbox_feedday d WHERE d.tenant_id = %(tenant)s),
                            (SELECT h.position + 1 FROM outbox_feedhead h WHERE h.tenant_id = %(tenant)s), 1) > 1
                   AS anything
        ), told AS (
            SELECT each.subject, count(DISTINCT each.sequence) AS events, max(each.sequence) AS newest,
                   min(each.sequence) AS oldest FROM (
                SELECT m.subject, m.sequence FROM outbox_outboxmessage m
                WHERE m.tenant_id = %(tenant)s AND m.type = 'inventory.updated'
                UNION ALL
                SELECT e.subject, e.sequence FROM outbox_event e
                WHERE e.tenant_id = %(tenant)s AND e.type = 'inventory.updated'
            ) each GROUP BY each.subject
        ), items AS (
            SELECT {_ITEM} AS subject, i.version FROM inventory_stockitem i WHERE i.tenant_id = %(tenant)s
        )
        SELECT items.subject, 'version ' || items.version,
               COALESCE(told.events || ' events, the newest ' || told.newest, 'no event')
        FROM forgotten CROSS JOIN items LEFT JOIN told ON told.subject = items.subject
        WHERE items.version <> COALESCE(told.newest, 0) AND NOT (forgotten.anything AND told.subject IS NULL)
           OR told.newest - COALESCE(CASE WHEN forgotten.anything THEN told.oldest END, 1) + 1 <> told.events""",
    "no item was made without a booking": f"""
        SELECT {_ITEM}, 'version 0', 'version 1 or more' FROM inventory_stockitem i
        WHERE i.tenant_id = %(tenant)s AND i.version = 0""",
    "every idempotency key has its facts": """
        SELECT 'key ' || r.key, 'no facts', 'facts' FROM outbox_idempotencyrecord r
        WHERE r.tenant_id = %(tenant)s AND r.facts IS NULL""",
}
RULES = tuple(_RULES)

_SIZE = """
    SELECT (SELECT count(*) FROM inventory_stockitem WHERE tenant_id = %(tenant)s),
           (SELECT count(*) FROM transactions_stocktransaction WHERE tenant_id = %(tenant)s)
"""
# A ledger may take longer to read than a request may last.
_NO_LIMIT = "SET LOCAL statement_timeout = 0"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A place where the books do not balance."""

    where: str
    stated: str
    calculated: str


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """One rule, and where it does not hold."""

    rule: str
    wrong: tuple[Discrepancy, ...]


def checked_rules(tenant_id: int) -> Iterator[CheckedRule]:
    """Check a tenant's books, a rule at a time."""
    with as_tenant(tenant_id):
        yield from rules_checked_within(tenant_id)


def rules_checked_within(tenant_id: int) -> Iterator[CheckedRule]:
    """Check a tenant's books, a rule at a time, inside its open transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_NO_LIMIT)
        for rule, sql in _RULES.items():
            cursor.execute(sql, {"tenant": tenant_id})
            yield CheckedRule(rule, tuple(Discrepancy(*row) for row in cursor.fetchall()))


def size_of_books(tenant_id: int) -> tuple[int, int]:
    """Return how many items and how many lines of the ledger a tenant has."""
    with as_tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_NO_LIMIT)
        cursor.execute(_SIZE, {"tenant": tenant_id})
        items, lines = cursor.fetchone()
    return int(items), int(lines)
