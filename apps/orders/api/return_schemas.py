from typing import Annotated

import msgspec

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import Body, Code, MomentText, ProductCode, Text, View
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Quantity, Unit
from apps.orders.api.schemas import MAX_ITEMS
from apps.orders.models import OrderReturn
from apps.orders.queries import return_facts
from apps.orders.types import OrderReturnDisposition, ReturnFacts, ReturnType

Condition = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}(?!\n)$", description="As it came back: `new`, `opened`, `defective` …"
    ),
]


class ReturnedItemBody(Body):
    """What came back of a product, why, in which condition, and what becomes of it.

    `restock`: it may be sold again. `quarantine`: it is on hold. `scrap`: it is written off. `backToSupplier`: it
    leaves again, to whoever made it.
    """

    product_id: ProductCode
    quantity: Quantity
    reason: Text
    condition: Condition
    disposition: OrderReturnDisposition
    unit_of_measure: Unit | None = None
    batch_number: Code | None = None


class ReturnCreate(Body):
    order_id: Code
    warehouse_location: Annotated[Code, msgspec.Meta(description="Where it came back: the tenant's or the supplier's.")]
    items: Annotated[list[ReturnedItemBody], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    type: ReturnType = ReturnType.RETURN
    return_id: Code | None = None
    reference: Text | None = None


class ReturnedItemView(View):
    """What came back of a product, in base units."""

    product_id: str
    batch_number: str | None
    quantity: int
    reason: str
    condition: str
    disposition: str


class ReturnView(View):
    """What came back of an order, or was claimed under warranty; where it lies is null to a retail partner."""

    return_id: str
    type: str
    status: str
    order_id: str
    supplier_id: str
    retail_partner_id: str | None
    warehouse_location: str | None
    reference: str | None
    items: list[ReturnedItemView]
    created_at: MomentText
    version: int


class ReturnPage(View):
    data: list[ReturnView]
    next_page_token: str | None


def rendered_return(facts: ReturnFacts, reader: Principal) -> ReturnView:
    """Return a return as a reader sees it."""
    return ReturnView(
        return_id=facts.return_id,
        type=facts.type,
        status=facts.status,
        order_id=facts.order_id,
        supplier_id=facts.supplier_id,
        retail_partner_id=facts.retail_partner_id,
        warehouse_location=None if reader.party is PartyType.RETAIL_PARTNER else facts.warehouse,
        reference=facts.reference,
        items=[
            ReturnedItemView(
                product_id=line.product_id,
                batch_number=line.batch,
                quantity=line.quantity,
                reason=line.reason,
                condition=line.condition,
                disposition=line.disposition,
            )
            for line in facts.items
        ],
        created_at=rfc3339(facts.created_at),
        version=facts.version,
    )


def rendered_return_row(row: OrderReturn, reader: Principal) -> ReturnView:
    """Return a row, read with its lines, as a reader sees it."""
    return rendered_return(return_facts(row, list(row.lines.all())), reader)
