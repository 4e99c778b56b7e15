from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, Code, Moment, MomentText, ProductCode, Text, Version, View
from apps.core.quantities import MAX_LEVEL_QUANTITY
from apps.core.times import rfc3339
from apps.inventory.models import Allocation
from apps.inventory.queries.allocations import AllocationFacts, allocation_facts

Guaranteed = Annotated[int, msgspec.Meta(ge=0, le=MAX_LEVEL_QUANTITY, description="Base units.")]
Borrowable = Annotated[
    Moment | None,
    msgspec.Meta(description="Until then everybody may take of what is open; from then on it is kept."),
]
Ends = Annotated[Moment | None, msgspec.Meta(description="From then on nothing is kept; null: until it is deleted.")]


class AllocationCreate(Body):
    """Either a retail partner's or a channel's."""

    supplier_id: Code
    product_id: ProductCode
    quantity: Guaranteed
    retail_partner_id: Code | None = None
    channel: Text | None = None
    borrowable_until: Borrowable = None
    ends_at: Ends = None


class AllocationChange(Body):
    quantity: Guaranteed | UnsetType = UNSET
    borrowable_until: Borrowable | UnsetType = UNSET
    ends_at: Ends | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class AllocationView(View):
    """A pool: of `quantity`, what was sold, what reservations hold, and what is still open."""

    allocation_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    channel: str | None
    quantity: int
    sold_quantity: int
    held_quantity: int
    open_quantity: int
    borrowable_until: MomentText | None
    ends_at: MomentText | None
    status: str
    version: int
    created_at: MomentText
    updated_at: MomentText


class AllocationPage(View):
    data: list[AllocationView]
    next_page_token: str | None


def rendered_allocation(facts: AllocationFacts) -> AllocationView:
    """Return the pool as /v1 shows it."""
    return AllocationView(
        allocation_id=facts.allocation_id,
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        retail_partner_id=facts.retail_partner_id,
        channel=facts.channel,
        quantity=facts.quantity,
        sold_quantity=facts.sold,
        held_quantity=facts.held,
        open_quantity=facts.open,
        borrowable_until=rfc3339(facts.borrowable_until) if facts.borrowable_until else None,
        ends_at=rfc3339(facts.ends_at) if facts.ends_at else None,
        status="ended" if facts.ended else "active",
        version=facts.version,
        created_at=rfc3339(facts.created_at),
        updated_at=rfc3339(facts.updated_at),
    )


def rendered_allocation_row(row: Allocation) -> AllocationView:
    """Return a row as /v1 shows it."""
    return rendered_allocation(allocation_facts(row))
