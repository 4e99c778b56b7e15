"""Stock counts as /v1 takes and shows them."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.http.bodies import Body, Code, Moment, MomentText, ProductCode, Text, Version, View
from apps.core.ids import encode_id
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.inventory.models import Count
from apps.inventory.queries.counts import CountFacts, CountLineFacts, count_facts


class CountCreate(Body):
    """A count of one warehouse."""

    warehouse_location: Code
    count_id: Code | None = None
    reference: Text | None = None


class CountedLineBody(Body):
    """What somebody counted of one place; a `quantity` of null takes the line out of the count.

    `batchNumber` left out is the only batch that lies there, null the stock without a batch.
    """

    supplier_id: Code
    product_id: ProductCode
    quantity: Annotated[int, msgspec.Meta(ge=0, le=MAX_LINE_QUANTITY, description="Base units.")] | None
    retail_partner_id: Code | None = None
    batch_number: Code | None | UnsetType = UNSET
    counted_at: Moment | None = None


class CountedLines(Body):
    """Lines of a count, each in the place of the one before about the same level."""

    lines: Annotated[list[CountedLineBody], msgspec.Meta(min_length=1, max_length=1000)]
    version: Version | UnsetType = UNSET


class CountView(View):
    """A count without its lines; `closedAt` is when it was approved or cancelled."""

    count_id: str
    warehouse_location: str
    reference: str | None
    status: str
    line_count: int
    version: int
    created_at: MomentText
    updated_at: MomentText
    closed_at: MomentText | None


class CountLineView(View):
    """What was counted, beside what the books said at `countedAt` and what has moved since.

    `superseded`: a later count of the place is booked, so this one changes nothing. `displacedQuantity` and
    `transactionId` are of an approved count.
    """

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    quantity: int
    counted_at: MomentText
    expected_quantity: int
    difference: int
    moved_since: int
    superseded: bool
    displaced_quantity: int | None
    transaction_id: str | None


class UncountedLevelView(View):
    """A place where the books say that something lies, and nobody counted."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    inventory_level: int


class UncountedView(View):
    """How many such places there are, and the first hundred. Approval leaves them as they are."""

    number: int
    levels: list[UncountedLevelView]


class CountLinesView(CountView):
    """A count with the lines that were named."""

    lines: list[CountLineView]


class CountDetailView(CountView):
    """A count with all its lines; `uncounted` is null for one that was cancelled."""

    lines: list[CountLineView]
    uncounted: UncountedView | None


class CountPage(View):
    data: list[CountView]
    next_page_token: str | None


def rendered_count_row(row: Count) -> CountView:
    """Return a row as /v1 lists it."""
    facts = count_facts(row, line_count=row.line_count)  # type: ignore[attr-defined]  # annotated by the query
    return CountView(**_common(facts))


def rendered_lines(facts: CountFacts) -> CountLinesView:
    """Return what was just counted as /v1 shows it."""
    return CountLinesView(**_common(facts), lines=[_line(line) for line in facts.lines or ()])


def rendered_count(facts: CountFacts) -> CountDetailView:
    """Return a whole count as /v1 shows it."""
    uncounted = None
    if facts.uncounted is not None and facts.uncounted_number is not None:
        levels = [
            UncountedLevelView(
                supplier_id=level.supplier_id,
                product_id=level.product_id,
                retail_partner_id=level.retail_partner_id,
                batch_number=level.batch_number,
                inventory_level=level.on_hand,
            )
            for level in facts.uncounted
        ]
        uncounted = UncountedView(number=facts.uncounted_number, levels=levels)
    return CountDetailView(**_common(facts), lines=[_line(line) for line in facts.lines or ()], uncounted=uncounted)


def _common(facts: CountFacts) -> dict[str, Any]:
    return {
        "count_id": facts.count_id,
        "warehouse_location": facts.warehouse_id,
        "reference": facts.reference,
        "status": facts.status,
        "line_count": facts.line_count,
        "version": facts.version,
        "created_at": facts.created_at,
        "updated_at": facts.updated_at,
        "closed_at": facts.closed_at,
    }


def _line(facts: CountLineFacts) -> CountLineView:
    return CountLineView(
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        retail_partner_id=facts.retail_partner_id,
        batch_number=facts.batch_number,
        quantity=facts.quantity,
        counted_at=facts.counted_at,
        expected_quantity=facts.expected,
        difference=facts.quantity - facts.expected,
        moved_since=facts.moved_since,
        superseded=facts.superseded,
        displaced_quantity=facts.displaced,
        transaction_id=encode_id("txn", facts.transaction_id) if facts.transaction_id else None,
    )
