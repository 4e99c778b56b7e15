"""Counting: which level a counted line is about, and whose it may be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, NotFound, ValidationFailed
from apps.inventory.errors import AmbiguousLevel
from apps.inventory.models import Count, Warehouse
from apps.inventory.queries.warehouses import warehouses
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.queries import found

MAX_LINES = 1000
# For each line whether it names what exists and the caller may know, and which batches lie in the warehouse.
_KNOWN = """
    WITH posted AS (
        SELECT * FROM jsonb_to_recordset(%(lines)s::jsonb) AS p(number integer, supplier text, product text)
    )
    SELECT (s.id IS NOT NULL AND pr.id IS NOT NULL AND (%(agreed_with)s::text IS NULL OR i.id IS NOT NULL OR EXISTS (
               SELECT FROM retail_partners_supplyagreement a
               WHERE a.tenant_id = %(tenant)s AND a.retail_partner_id = %(agreed_with)s AND a.supplier_id = p.supplier
                 AND (a.product_id IS NULL OR a.product_id = p.product)))),
           ARRAY(SELECT l.batch_number FROM inventory_stocklevel l
                 WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND l.warehouse_id = %(warehouse)s ORDER BY l.id),
           ARRAY(SELECT l.on_hand FROM inventory_stocklevel l
                 WHERE l.tenant_id = i.tenant_id AND l.item_id = i.id AND l.warehouse_id = %(warehouse)s ORDER BY l.id)
    FROM posted p
    LEFT JOIN suppliers_supplier s ON s.tenant_id = %(tenant)s AND s.id = p.supplier
    LEFT JOIN products_product pr ON pr.tenant_id = %(tenant)s AND pr.id = p.product
    LEFT JOIN inventory_stockitem i ON i.tenant_id = %(tenant)s AND i.supplier_id = p.supplier
        AND i.product_id = p.product AND i.retail_partner_id IS NOT DISTINCT FROM %(partner)s
    ORDER BY p.number
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLine:
    """What somebody counted. `batch_named` tells a batch that is named as null, the stock without one, from none named.

    A quantity of None takes the line out of the count.
    """

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    batch_named: bool
    quantity: int | None
    counted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The level that a line is about, in the warehouse of its count."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None


def lock_count(uow: UnitOfWork, count_id: str) -> Count:
    """Return a count that the caller may see, locked. Raises NotFound where there is none."""
    return found(Count.objects.visible_to(uow.ctx.principal).select_for_update(of=("self",), no_key=True), count_id)


def places_of(uow: UnitOfWork, count: Count, lines: Sequence[CountedLine]) -> list[Place]:
    """Return which level each line is about: the batch that it names, else the only one that lies there.

    Raises NotFound for what does not exist or is not the caller's, AmbiguousLevel where several lie there and none is
    named, ValidationFailed where two lines are about one level; each points to its line.
    """
    warehouse = found(warehouses(uow.ctx), count.warehouse_id)
    partner = warehouse.owner_id if warehouse.owner_type == PartyType.RETAIL_PARTNER else None
    places: dict[Place, int] = {}
    for number, (line, (known, levels)) in enumerate(zip(lines, _known(uow, count, lines, partner), strict=True)):
        _check_parties(line, number, warehouse, uow.ctx.principal)
        if not known:
            raise _absent(number, "supplierId")
        place = Place(
            supplier_id=line.supplier_id,
            product_id=line.product_id,
            retail_partner_id=partner,
            batch_number=line.batch_number if line.batch_named else _only_batch(levels, number, warehouse.pk),
        )
        if places.setdefault(place, number) != number:
            detail = f"Line {places[place]} is about the same level."
            raise ValidationFailed(detail, errors=[_error("duplicate", detail, number)])
    return list(places)


def _known(
    uow: UnitOfWork, count: Count, lines: Sequence[CountedLine], partner: str | None
) -> list[tuple[bool, list[tuple[str | None, int]]]]:
    named = [
        {"number": number, "supplier": line.supplier_id, "product": line.product_id}
        for number, line in enumerate(lines)
    ]
    principal = uow.ctx.principal
    rows = uow.fetch(
        _KNOWN,
        {
            "tenant": uow.ctx.tenant_id,
            "lines": msgspec.json.encode(named).decode(),
            "warehouse": count.warehouse_id,
            "partner": partner,
            # A retail partner counts what is its own or was ever shared with it, and finds out about nothing else.
            "agreed_with": principal.party_id if principal.party is PartyType.RETAIL_PARTNER else None,
        },
    )
    return [(known, list(zip(batches, on_hand, strict=True))) for known, batches, on_hand in rows]


def _check_parties(line: CountedLine, number: int, warehouse: Warehouse, principal: Principal) -> None:
    """Refuse a line about stock that cannot lie in the warehouse or is another supplier's to count."""
    if line.retail_partner_id is not None and (
        warehouse.owner_type != PartyType.RETAIL_PARTNER or line.retail_partner_id != warehouse.owner_id
    ):
        raise _absent(number, "retailPartnerId")
    if warehouse.owner_type == PartyType.SUPPLIER and line.supplier_id != warehouse.owner_id:
        raise _absent(number, "supplierId")
    if principal.party is PartyType.SUPPLIER and line.supplier_id != principal.party_id:
        raise _absent(number, "supplierId")


def _only_batch(levels: Sequence[tuple[str | None, int]], number: int, warehouse_id: str) -> str | None:
    """Return the batch of the only level there, None where there is no level yet."""
    if len(levels) <= 1:
        return levels[0][0] if levels else None
    detail = "Several batches lie there: name batchNumber, or null for the stock without one."
    raise AmbiguousLevel(
        detail,
        errors=[_error("ambiguous_level", detail, number)],
        levels=[
            {"warehouseLocation": warehouse_id, "batchNumber": batch, "inventoryLevel": on_hand}
            for batch, on_hand in levels
        ],
    )


def _absent(number: int, member: str) -> NotFound:
    detail = "There is no such resource."
    return NotFound(detail, errors=[_error("not_found", detail, number, member)])


def _error(code: str, detail: str, number: int, member: str = "") -> FieldError:
    pointer = f"#/lines/{number}" + (f"/{member}" if member else "")
    return FieldError(code=code, detail=detail, pointer=pointer)
