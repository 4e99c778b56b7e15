"""Batches, their holds and their trace as /v1 shows them."""

from typing import Annotated

import msgspec

from apps.core.http.bodies import Body, Code, MomentText, ProductCode, Text, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.inventory.domain.recall import RecallFacts
from apps.inventory.models import Batch

Downstream = Annotated[
    bool | None,
    msgspec.Meta(
        description=(
            "Whether what retail partners have of the same batch is meant too. Left out: for staff yes; a supplier and "
            "a retail partner never reach beyond what is their own."
        )
    ),
]


class BatchHold(Body):
    """Which batch, and why: the reason is told to everybody whom it concerns."""

    supplier_id: Code
    product_id: ProductCode
    reason: Text
    retail_partner_id: Code | None = None
    downstream: Downstream = None


class BatchRelease(Body):
    """Which batch, and why if there is something to say."""

    supplier_id: Code
    product_id: ProductCode
    reason: Text | None = None
    retail_partner_id: Code | None = None
    downstream: Downstream = None


class StockBatchView(View):
    """A batch of the house's or of a retail partner's."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str
    expiration_date: MomentText | None
    inventory_level: int
    held: bool
    hold_reason: str | None
    held_at: MomentText | None


class StockBatchPage(View):
    data: list[StockBatchView]
    next_page_token: str | None


class DisplacedView(View):
    """What a reservation lost to a hold."""

    reservation_id: str
    quantity: int


class HeldBatchView(View):
    """The batch of one item after the call; `changed` is false where it was so before."""

    retail_partner_id: str | None
    changed: bool
    inventory_level: int
    version: int
    displaced: list[DisplacedView]


class BatchHoldView(View):
    """What a hold or its end did, item by item: the one that was named first."""

    supplier_id: str
    product_id: str
    batch_number: str
    held: bool
    reason: str | None
    version: int
    items: list[HeldBatchView]


def rendered_batch(row: Batch) -> StockBatchView:
    """Return a row of the list as /v1 shows it."""
    return StockBatchView(
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        retail_partner_id=row.retail_partner_id,
        batch_number=row.number,
        expiration_date=rfc3339(row.expires_at) if row.expires_at else None,
        inventory_level=row.on_hand,  # type: ignore[attr-defined]  # annotated
        held=row.held,
        hold_reason=row.hold_reason,
        held_at=rfc3339(row.held_at) if row.held_at else None,
    )


def rendered_recall(facts: RecallFacts) -> BatchHoldView:
    """Return what a hold or its end did as /v1 shows it; the caller may hold all that is in it."""
    return BatchHoldView(
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        batch_number=facts.number,
        held=facts.held,
        reason=facts.reason,
        version=facts.version,
        items=[
            HeldBatchView(
                retail_partner_id=batch.retail_partner_id,
                changed=batch.changed,
                inventory_level=batch.on_hand,
                version=batch.version,
                displaced=[
                    DisplacedView(reservation_id=encode_id("res", lost.reservation_id), quantity=lost.quantity)
                    for lost in batch.displaced
                ],
            )
            for batch in facts.batches
        ],
    )
