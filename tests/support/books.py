"""After every test the books of its tenants balance."""

from typing import Any

from django.db import connection

from apps.outbox.unit_of_work import as_tenant

# Each query returns the rows that are wrong.
_CHECKS = {
    "a level is not the sum of its ledger": """
        SELECT l.id, l.on_hand, l.reserved, l.on_hold, sums.* FROM inventory_stocklevel l
        LEFT JOIN LATERAL (
            SELECT COALESCE(sum(t.on_hand_change), 0) AS on_hand, COALESCE(sum(t.reserved_change), 0) AS reserved,
                   COALESCE(sum(t.on_hold_change), 0) AS on_hold
            FROM transactions_stocktransaction t WHERE t.tenant_id = l.tenant_id AND t.level_id = l.id
        ) sums ON true
        WHERE l.tenant_id = %(tenant)s
          AND (l.on_hand, l.reserved, l.on_hold) IS DISTINCT FROM (sums.on_hand, sums.reserved, sums.on_hold)""",
    "an item is not the sum of its levels": """
        SELECT i.id, i.on_hand, i.reserved, i.on_hold, sums.* FROM inventory_stockitem i
        LEFT JOIN LATERAL (
            SELECT COALESCE(sum(l.on_hand), 0) AS on_hand, COALESCE(sum(l.reserved), 0) AS reserved,
                   COALESCE(sum(l.on_hold), 0) AS on_hold
            FROM inventory_stocklevel l WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id
        ) sums ON true
        WHERE i.tenant_id = %(tenant)s
          AND (i.on_hand, i.reserved, i.on_hold) IS DISTINCT FROM (sums.on_hand, sums.reserved, sums.on_hold)""",
    "what live reservations hold is not what is reserved": """
        SELECT l.id, l.reserved, held.quantity FROM inventory_stocklevel l
        LEFT JOIN LATERAL (
            SELECT COALESCE(sum(h.remaining), 0) AS quantity FROM inventory_reservationline h
            JOIN inventory_reservation r ON r.tenant_id = h.tenant_id AND r.id = h.reservation_id AND r.state = 'held'
            WHERE h.tenant_id = l.tenant_id AND h.level_id = l.id
        ) held ON true
        WHERE l.tenant_id = %(tenant)s AND l.reserved <> held.quantity""",
    "a version has no event, or an event no version": """
        SELECT i.id, i.version, made.events FROM inventory_stockitem i
        LEFT JOIN LATERAL (
            SELECT count(*) AS events FROM (
                SELECT sequence FROM outbox_outboxmessage m
                WHERE m.tenant_id = i.tenant_id AND m.type = 'inventory.updated'
                  AND m.subject = i.supplier_id || '/' || i.product_id || COALESCE('/' || i.retail_partner_id, '')
                UNION
                SELECT sequence FROM outbox_event e
                WHERE e.tenant_id = i.tenant_id AND e.type = 'inventory.updated'
                  AND e.subject = i.supplier_id || '/' || i.product_id || COALESCE('/' || i.retail_partner_id, '')
            ) numbered
        ) made ON true
        WHERE i.tenant_id = %(tenant)s AND i.version <> made.events""",
    "an item was made and nothing booked": """
        SELECT i.id FROM inventory_stockitem i WHERE i.tenant_id = %(tenant)s AND i.version = 0""",
    "a key was kept without its facts": """
        SELECT r.key FROM outbox_idempotencyrecord r WHERE r.tenant_id = %(tenant)s AND r.facts IS NULL""",
}


def books_of(tenant_id: int) -> dict[str, list[tuple[Any, ...]]]:
    """Return what is wrong in a tenant's books; empty when they balance."""
    wrong: dict[str, list[tuple[Any, ...]]] = {}
    with as_tenant(tenant_id), connection.cursor() as cursor:
        for name, sql in _CHECKS.items():
            cursor.execute(sql, {"tenant": tenant_id})
            rows = cursor.fetchall()
            if rows:
                wrong[name] = rows
    return wrong
