"""The ledger as /v1 shows it."""

from apps.core.http.bodies import MomentText, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.transactions.types import TransactionFacts


class TransactionView(View):
    """One booking in the ledger."""

    transaction_id: str
    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    type: str
    quantity: int
    inventory_level_change: int
    reserved_change: int
    on_hold_change: int
    inventory_level_after: int
    reserved_after: int
    on_hold_after: int
    warehouse_location: str
    batch_number: str | None
    reservation_id: str | None
    reference: str | None
    reason: str | None
    occurred_at: MomentText
    recorded_at: MomentText
    version: int


class TransactionPage(View):
    data: list[TransactionView]
    next_page_token: str | None


def render_transaction(facts: TransactionFacts) -> TransactionView:
    """Return a booking with all its numbers."""
    return TransactionView(
        transaction_id=encode_id("txn", facts.id),
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        retail_partner_id=facts.retail_partner_id,
        type=facts.type,
        quantity=booked_quantity(facts),
        inventory_level_change=facts.on_hand_change,
        reserved_change=facts.reserved_change,
        on_hold_change=facts.on_hold_change,
        inventory_level_after=facts.on_hand_after,
        reserved_after=facts.reserved_after,
        on_hold_after=facts.on_hold_after,
        warehouse_location=facts.warehouse,
        batch_number=facts.batch,
        reservation_id=encode_id("res", facts.reservation_id) if facts.reservation_id else None,
        reference=facts.reference,
        reason=facts.reason,
        occurred_at=rfc3339(facts.occurred_at),
        recorded_at=rfc3339(facts.recorded_at),
        version=facts.item_version,
    )


def booked_quantity(facts: TransactionFacts) -> int:
    """Return the size of a booking: of what it moved, else of what it held or put on hold."""
    return abs(facts.on_hand_change or facts.reserved_change or facts.on_hold_change)
