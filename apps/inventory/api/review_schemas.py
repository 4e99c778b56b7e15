from apps.core.http.bodies import MomentText, View
from apps.core.ids import encode_id
from apps.inventory.models import Review
from apps.inventory.queries.reviews import ReviewFacts, review_facts


class ReviewView(View):
    """A value that a feed stated and that was not booked: `overruled` by the policy, or `open` for a person.

    `inventoryLevel` and `difference` are those of when it was stated. `reason` is `review` (a person decides), `older`
    (something newer was believed, or stated by the same source) or `priority` (a more trusted source has spoken).
    `transactionId` is what its approval booked.
    """

    review_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    warehouse_location: str
    batch_number: str | None
    source: str
    stated_quantity: int
    inventory_level: int
    difference: int
    reason: str
    status: str
    reference: str | None
    stated_at: MomentText
    transaction_id: str | None
    version: int
    created_at: MomentText
    updated_at: MomentText


class ReviewPage(View):
    data: list[ReviewView]
    next_page_token: str | None


def rendered_review(facts: ReviewFacts) -> ReviewView:
    """Return the value as /v1 shows it."""
    return ReviewView(
        review_id=encode_id("rev", facts.review_id),
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        retail_partner_id=facts.retail_partner_id,
        warehouse_location=facts.warehouse_id,
        batch_number=facts.batch_number,
        source=facts.source,
        stated_quantity=facts.stated,
        inventory_level=facts.on_hand,
        difference=facts.difference,
        reason=facts.reason,
        status=facts.status,
        reference=facts.reference,
        stated_at=facts.stated_at,
        transaction_id=encode_id("txn", facts.transaction_id) if facts.transaction_id else None,
        version=facts.version,
        created_at=facts.created_at,
        updated_at=facts.updated_at,
    )


def rendered_review_row(row: Review) -> ReviewView:
    """Return a row as /v1 shows it."""
    return rendered_review(review_facts(row))
