"""Stated values that were not booked: overruled, or waiting for a person."""

from dataclasses import dataclass
from uuid import UUID

from apps.core.context import CallContext
from apps.core.times import rfc3339
from apps.inventory.models import Review
from apps.inventory.models.conflict import ReviewQuerySet
from apps.tenancy.queries import found


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """A stated value as a command leaves it; `on_hand` and `difference` are those of when it was stated."""

    review_id: UUID
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    warehouse_id: str
    batch_number: str | None
    source: str
    stated: int
    on_hand: int
    difference: int
    reason: str
    status: str
    reference: str | None
    stated_at: str
    transaction_id: UUID | None
    version: int
    created_at: str
    updated_at: str


def reviews(ctx: CallContext) -> ReviewQuerySet:
    """Return the values that the caller may see, each with its item."""
    return Review.objects.visible_to(ctx.principal).select_related("item")


def review(ctx: CallContext, review_id: UUID | None) -> ReviewFacts:
    """Return one value. Raises NotFound where it is absent or invisible."""
    return review_facts(found(reviews(ctx), review_id))


def review_facts(row: Review) -> ReviewFacts:
    """Return a row as facts."""
    return ReviewFacts(
        review_id=row.pk,
        supplier_id=row.item.supplier_id,
        product_id=row.item.product_id,
        retail_partner_id=row.item.retail_partner_id,
        warehouse_id=row.warehouse_id,
        batch_number=row.batch_number,
        source=row.source,
        stated=row.stated,
        on_hand=row.on_hand,
        difference=row.difference,
        reason=row.reason,
        status=row.status,
        reference=row.reference,
        stated_at=rfc3339(row.stated_at),
        transaction_id=row.transaction_id,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )
