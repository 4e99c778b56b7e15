"""Reading stock: one statement, in one round trip with the tenant's context."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from apps.core.context import CallContext, PartyType
from apps.core.errors import NotFound
from apps.core.structs import decoder_of
from apps.inventory.types import ItemFacts, OfferTerms
from apps.outbox.connections import fetch_for_tenant, fetch_one_statement

ItemKey = tuple[str, str, str]

_BY_KEY = "SELECT stock_item_by_key(%s, %s, %s, %s)::text"
_SELECT = """
    SELECT stock_item_facts(i, s.lead_time_days, %(now)s)::text, {terms}
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
# The days that a batch must last for the partner: none for what is its own.
_DAYS = """CASE WHEN i.retail_partner_id IS NULL
        THEN COALESCE(stock_agreed_shelf_life(i.tenant_id, %(me)s, i.supplier_id, i.product_id), 0) ELSE 0 END"""
_TERMS = {
    PartyType.TENANT: "NULL, NULL",
    PartyType.SUPPLIER: "NULL, NULL",
    PartyType.RETAIL_PARTNER: f"""{_DAYS}, (
        SELECT r.channel FROM retail_partners_retailpartner r WHERE r.tenant_id = %(tenant)s AND r.id = %(me)s)""",
}
# The function looks for what lapsed leases hold; items without any spare themselves the call.
_ALL = """CASE WHEN i.leases_expire_at <= %(now)s THEN stock_available(i, %(now)s, false, NULL, 0) ELSE (
        SELECT COALESCE(sum(l.on_hand - l.reserved - l.on_hold), 0) FROM inventory_stocklevel l
        WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND stock_is_offered(l, %(now)s)) END"""
_AVAILABLE = {
    PartyType.TENANT: _ALL,
    PartyType.SUPPLIER: _ALL,
    PartyType.RETAIL_PARTNER: f"stock_available(i, %(now)s, true, %(me)s, {_DAYS})",
}
_STATUS = {
    "outOfStock": "{available} <= 0",
    "lowStock": "({available} > 0 AND {available} <= i.reorder_threshold)",
    "inStock": "({available} > 0 AND ({available} > i.reorder_threshold) IS NOT FALSE)",
}
_MEMBERS = "SELECT p.id FROM products_product p WHERE p.tenant_id = %(tenant)s AND p.group_id = ANY(%(group)s)"
_LEVEL_FILTERS = {
    "warehouse": "l.warehouse_id = ANY(%(warehouse)s)",
    "batch": "l.batch_number = ANY(%(batch)s)",
    "expiring_before": "l.expires_at < %(expiring_before)s",
}
# `coalesce` puts the house's item before the partners'.
_ORDER = " ORDER BY i.supplier_id {d}, i.product_id {d}, COALESCE(i.retail_partner_id, '') {d} LIMIT %(limit)s"
_AFTER = """ AND (i.supplier_id, i.product_id, COALESCE(i.retail_partner_id, ''))
        {step} (%(after_supplier)s, %(after_product)s, %(after_partner)s)"""
_NAMED = """ AND (i.supplier_id, i.product_id, COALESCE(i.retail_partner_id, '')) IN (
        SELECT * FROM unnest(%(suppliers)s::text[], %(products)s::text[], %(partners)s::text[]))"""

_item = decoder_of(ItemFacts)


class Stock(NamedTuple):
    """An item, and the terms of the retail partner that asks; None for everybody else."""

    facts: ItemFacts
    terms: OfferTerms | None


def stock_item(ctx: CallContext, supplier_id: str, product_id: str, retail_partner_id: str | None) -> Stock:
    """Return one item. Raises NotFound where it is absent or invisible."""
    principal = ctx.principal
    if principal.party is PartyType.RETAIL_PARTNER:
        return _item_for_partner(ctx, supplier_id, product_id, retail_partner_id)
    if principal.party is PartyType.SUPPLIER and (supplier_id != principal.party_id or retail_partner_id is not None):
        raise NotFound
    rows = fetch_one_statement(_BY_KEY, (ctx.tenant_id, supplier_id, product_id, retail_partner_id))
    if rows[0][0] is None:
        raise NotFound
    return Stock(_item.decode(rows[0][0]), None)


def _item_for_partner(ctx: CallContext, supplier_id: str, product_id: str, retail_partner_id: str | None) -> Stock:
    """Return one item as far as a retail partner's agreements reach."""
    partner = "IS NULL" if retail_partner_id is None else "= %(partner)s"
    sql = _SELECT.format(terms=_TERMS[ctx.principal.party]) + (
        " AND i.supplier_id = %(supplier)s AND i.product_id = %(product)s"
        f" AND i.retail_partner_id {partner}{_VISIBLE[ctx.principal.party]}"
    )
    params = {**_caller(ctx), "supplier": supplier_id, "product": product_id, "partner": retail_partner_id}
    rows = fetch_for_tenant(ctx.tenant_id, sql, params)
    if not rows:
        raise NotFound
    return _stock(rows[0])


def stock_of(ctx: CallContext, keys: Sequence[ItemKey]) -> dict[ItemKey, Stock]:
    """Return those of the items that there are and that the caller may see."""
    sql = _SELECT.format(terms=_TERMS[ctx.principal.party]) + _VISIBLE[ctx.principal.party] + _NAMED
    suppliers, products, partners = zip(*keys, strict=True)
    params = {**_caller(ctx), "suppliers": list(suppliers), "products": list(products), "partners": list(partners)}
    found = [_stock(row) for row in fetch_for_tenant(ctx.tenant_id, sql, params)]
    return {key_of(each.facts): each for each in found}


def stock_items(
    ctx: CallContext, filters: Mapping[str, Any], *, after: ItemKey | None, descending: bool, limit: int
) -> list[Stock]:
    """Return up to `limit` items in the order of supplier, product and partner, behind the key `after`.

    `filters` has any of supplier, product, group, partner, warehouse, batch (lists of codes), expiring_before,
    available_lte and status. Those of levels keep an item that has such a level.
    """
    sql = _SELECT.format(terms=_TERMS[ctx.principal.party]) + _VISIBLE[ctx.principal.party]
    available = _AVAILABLE[ctx.principal.party]
    for name in ("supplier", "product"):
        if filters.get(name):
            sql += f" AND i.{name}_id = ANY(%({name})s)"
    if filters.get("group"):
        sql += f" AND i.product_id IN ({_MEMBERS})"
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
        sql += f" AND {available} <= %(available_lte)s"
    if filters.get("status"):
        sql += f" AND ({' OR '.join(_STATUS[status].format(available=available) for status in filters['status'])})"
    params = {**_caller(ctx), **filters, "limit": limit}
    if after is not None:
        sql += _AFTER.format(step="<" if descending else ">")
        params |= {"after_supplier": after[0], "after_product": after[1], "after_partner": after[2]}
    sql += _ORDER.format(d="DESC" if descending else "ASC")
    return [_stock(row) for row in fetch_for_tenant(ctx.tenant_id, sql, params)]


def key_of(facts: ItemFacts) -> ItemKey:
    """Return what orders items."""
    return facts.supplier_id, facts.product_id, facts.retail_partner_id or ""


def _stock(row: tuple[Any, ...]) -> Stock:
    facts, days, channel = row
    return Stock(_item.decode(facts), None if days is None else OfferTerms(shelf_life_days=days, channel=channel))


def _caller(ctx: CallContext) -> dict[str, Any]:
    now: datetime = ctx.now
    return {"tenant": ctx.tenant_id, "me": ctx.principal.party_id, "today": now.date(), "now": now}
