from typing import Any
from uuid import UUID

from django.db.models import F, Func, JSONField

from apps.core.context import CallContext, PartyType, Principal
from apps.core.errors import NotFound
from apps.core.structs import convert
from apps.inventory.models import Reservation
from apps.inventory.models.reservation import ReservationQuerySet
from apps.inventory.types import ReservationFacts, ReservedItemFacts


class _Facts(Func):
    """The reservation as facts, in the statement that reads its row."""

    function = "stock_reservation_facts"
    output_field = JSONField()


def reservations(ctx: CallContext) -> ReservationQuerySet:
    """Return the reservations that the caller may see, each with its `facts`."""
    return Reservation.objects.visible_to(ctx.principal).annotate(facts=_Facts(F("tenant_id"), F("id")))


def reservation(ctx: CallContext, reservation_id: UUID | None) -> ReservationFacts:
    """Return one reservation. Raises NotFound where it is absent or invisible."""
    row: Any = reservations(ctx).filter(pk=reservation_id).first() if reservation_id else None
    if row is None:
        raise NotFound
    return facts_of(row)


def facts_of(row: Any) -> ReservationFacts:
    """Return a row of `reservations` as facts."""
    return convert(row.facts, ReservationFacts, strict=False)


def items_for(facts: ReservationFacts, reader: Principal) -> list[ReservedItemFacts]:
    """Return the parts that the reader may see: a supplier those of its own stock, everybody else all."""
    if reader.party is not PartyType.SUPPLIER:
        return facts.items
    return [item for item in facts.items if item.supplier_id == reader.party_id and item.retail_partner_id is None]
