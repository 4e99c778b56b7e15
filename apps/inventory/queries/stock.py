"""Reading stock: one statement, in one round trip with the tenant's context."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.core.context import CallContext, PartyType
from apps.core.errors import NotFound
from apps.core.structs import decoder_of
from apps.inventory.types import ItemFacts
from apps.outbox.connections import fetch_for_tenant, fetch_one_statement

ItemKey = tuple[str, str, str]

_BY_KEY = "SELECT stock_item_by_key(%s, %s, %s, %s)::text"
_SELECT = """
    SELECT stock_item_facts(i, s.lead_time_days)::text
    FROM inventory_stockitem i
    JOIN suppliers_supplier s ON s.tenant_id = i.tenant_id AND s.id = i.supplier_id
    WHERE i.tenant_id = %(tenant)s"""

# Sets that PostgreSQL hashes once; a correlated EXISTS would run for every item of the tenant.
_IN_FORCE = """a.tenant_id = %(tenant)s AND a.retail_partner_id = %(me)s AND a.status = 'active'
        AND (a.valid_from IS NULL OR a.valid_from <= %(today)s) AND (a.valid_to IS NULL OR a.valid_to >= %(today)s)"""
_SHARED = f"""(
        i.supplier_id IN (
            SELECT a.supplier_id FROM retail_partners_supplyagreement a WHERE a.product_id IS NULL AND {_IN_FORCE})
        OR (i.supplier_id, i.product_id) IN (
            SELECT a.supplier_id, a.product_id FROM retail_partners_supplyagreement a
            WHERE a.product_id IS NOT NULL AND {_IN_FORCE}))"""
_VISIBLE = {
    PartyType.TENANT: "",
    PartyType.SUPPLIER: " AND i.supplier_id = %(me)s AND i.retail_partner_id IS NULL",
    PartyType.RETAIL_PARTNER: (f" AND (i.retail_partner_id = %(me)s OR i.retail_partner_id IS NULL AND {_SHARED})"),
}
_AVAILABLE = """(
        SELECT COALESCE(sum(l.on_hand - l.reserved - l.on_hold), 0) FROM inventory_stocklevel l
        WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND (l.expires_at IS NULL OR l.expires_at > %(now)s))"""
_STATUS = {
    "outOfStock": f"{_AVAILABLE} <= 0",
    "lowStock": f"({_AVAILABLE} > 0 AND {_AVAILABLE} <= i.reorder_threshold)",
    "inStock": f"({_AVAILABLE} > 0 AND ({_AVAILABLE} > i.reorder_threshold) IS NOT FALSE)",
}
_LEVEL_FILTERS = {
    "warehouse": "l.warehouse_id = ANY(%(warehouse)s)",
    "batch": "l.batch_number = ANY(%(batch)s)",
    "expiring_before": "l.expires_at < %(expiring_before)s",
}
# `coalesce` puts the house's item before the partners'.
_ORDER = " ORDER BY i.supplier_id {d}, i.product_id {d}, COALESCE(i.retail_partner_id, '') {d} LIMIT %(limit)s"
_AFTER = """ AND (i.supplier_id, i.product_id, COALESCE(i.retail_partner_id, ''))
        {step} (%(after_supplier)s, %(after_product)s, %(after_partner)s)"""

_item = decoder_of(ItemFacts)


def stock_item(ctx: CallContext, supplier_id: str, product_id: str, retail_partner_id: str | None) -> ItemFacts:
    """Return one item. Raises NotFound where it is absent or invisible."""
    principal = ctx.principal
    if principal.party is PartyType.RETAIL_PARTNER:
        return _item_for_partner(ctx, supplier_id, product_id, retail_partner_id)
    if principal.party is PartyType.SUPPLIER and (supplier_id != principal.party_id or retail_partner_id is not None):
        raise NotFound
    rows = fetch_one_statement(_BY_KEY, (ctx.tenant_id, supplier_id, product_id, retail_partner_id))
    if rows[0][0] is None:
        raise NotFound
    return _item.decode(rows[0][0])


def _item_for_partner(ctx: CallContext, supplier_id: str, product_id: str, retail_partner_id: str | None) -> ItemFacts:
    """Return one item as far as a retail partner's agreements reach."""
    partner = "IS NULL" if retail_partner_id is None else "= %(partner)s"
    sql = (
        f"{_SELECT} AND i.supplier_id = %(supplier)s AND i.product_id = %(product)s"
        f" AND i.retail_partner_id {partner}{_VISIBLE[ctx.principal.party]}"
    )
    params = {**_caller(ctx), "supplier": supplier_id, "product": product_id, "partner": retail_partner_id}
    rows = fetch_for_tenant(ctx.tenant_id, sql, params)
    if not rows:
        raise NotFound
    return _item.decode(rows[0][0])


def stock_items(
    ctx: CallContext, filters: Mapping[str, Any], *, after: ItemKey | None, descending: bool, limit: int
) -> list[ItemFacts]:
    """Return up to `limit` items in the order of supplier, product and partner, behind the key `after`.

    `filters` has any of supplier, product, partner, warehouse, batch (lists of codes), expiring_before, available_lte
    and status. Those of levels keep an item that has such a level.
    """
    sql = _SELECT + _VISIBLE[ctx.principal.party]
    for name in ("supplier", "product"):
        if filters.get(name):
            sql += f" AND i.{name}_id = ANY(%({name})s)"
    if filters.get("partner"):
        sql += " AND i.retail_partner_id = ANY(%(partner)s)"
    levels = [condition for name, condition in _LEVEL_FILTERS.items() if filters.get(name)]
    if levels:
        # Where a level lies and which batches there are is nothing that a retail partner learns of shared stock.
        own = " AND i.retail_partner_id = %(me)s" if ctx.principal.party is PartyType.RETAIL_PARTNER else ""
        sql += (
            f"{own} AND EXISTS (SELECT FROM inventory_stocklevel l WHERE l.tenant_id = i.tenant_id"
            f" AND l.item_id = i.id AND {' AND '.join(levels)})"
        )
    if filters.get("available_lte") is not None:
        sql += f" AND {_AVAILABLE} <= %(available_lte)s"
    if filters.get("status"):
        sql += f" AND ({' OR '.join(_STATUS[status] for status in filters['status'])})"
    params = {**_caller(ctx), **filters, "limit": limit}
    if after is not None:
        sql += _AFTER.format(step="<" if descending else ">")
        params |= {"after_supplier": after[0], "after_product": after[1], "after_partner": after[2]}
    sql += _ORDER.format(d="DESC" if descending else "ASC")
    return [_item.decode(row[0]) for row in fetch_for_tenant(ctx.tenant_id, sql, params)]


def key_of(facts: ItemFacts) -> ItemKey:
    """Return what orders items."""
    return facts.supplier_id, facts.product_id, facts.retail_partner_id or ""


def _caller(ctx: CallContext) -> dict[str, Any]:
    now: datetime = ctx.now
    return {"tenant": ctx.tenant_id, "me": ctx.principal.party_id, "today": now.date(), "now": now}
