"""Pools: who is guaranteed how much of an item, and what of it is used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.ids import decode_id, encode_id
from apps.inventory.models import Allocation, ReservationItem
from apps.inventory.models.planning import AllocationQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFacts:
    """A pool at a moment; `open` is neither sold nor held."""

    id: UUID
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    channel: str | None
    quantity: int
    sold: int
    held: int
    open: int
    ended: bool
    borrowable_until: datetime | None
    ends_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def allocation_id(self) -> str:
        """The id outside."""
        return encode_id("alc", self.id)


def allocations(ctx: CallContext) -> AllocationQuerySet:
    """Return the pools that the caller may see, each with what reservations hold of it at the call's moment."""
    live = ReservationItem.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=ctx.now),
        tenant_id=OuterRef("tenant_id"),
        item_id=OuterRef("item_id"),
        allocation_id=OuterRef("id"),
        state=ReservationItem.HELD,
    )
    held = live.values("allocation_id").annotate(total=Sum("remaining")).values("total")
    return (
        Allocation.objects.visible_to(ctx.principal, on=ctx.now.date())
        .select_related("item")
        .annotate(held=Coalesce(Cast(Subquery(held), BigIntegerField()), Value(0)), at=Value(ctx.now))
    )


def allocation(ctx: CallContext, allocation_id: str) -> AllocationFacts:
    """Return one pool. Raises NotFound where it is absent or invisible."""
    return allocation_facts(found_allocation(ctx, allocation_id))


def found_allocation(ctx: CallContext, allocation_id: str) -> Allocation:
    """Return the row of a pool. Raises NotFound where it is absent or invisible."""
    key = decode_id("alc", allocation_id)
    row = allocations(ctx).filter(pk=key).first() if key else None
    if row is None:
        raise NotFound
    return row


def allocation_facts(row: Allocation) -> AllocationFacts:
    """Return a row of `allocations` as facts."""
    held, at = row.held, row.at  # type: ignore[attr-defined]  # annotated
    ended = row.ends_at is not None and row.ends_at <= at
    return AllocationFacts(
        id=row.pk,
        supplier_id=row.item.supplier_id,
        product_id=row.item.product_id,
        retail_partner_id=row.retail_partner_id,
        channel=row.channel,
        quantity=row.quantity,
        sold=row.sold,
        held=held,
        open=0 if ended else max(0, row.quantity - row.sold - held),
        ended=ended,
        borrowable_until=row.borrowable_until,
        ends_at=row.ends_at,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
