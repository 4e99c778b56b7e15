from uuid import UUID

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.transactions.models import StockTransaction
from apps.transactions.models.stock_transaction import StockTransactionQuerySet
from apps.transactions.types import TransactionFacts


def transactions(ctx: CallContext) -> StockTransactionQuerySet:
    """Return the ledger entries that the caller may see."""
    return StockTransaction.objects.visible_to(ctx.principal)


def transaction(ctx: CallContext, transaction_id: UUID | None) -> TransactionFacts:
    """Return one ledger entry. Raises NotFound where it is absent or invisible."""
    row = transactions(ctx).filter(pk=transaction_id).first() if transaction_id else None
    if row is None:
        raise NotFound
    return facts_of(row)


def facts_of(row: StockTransaction) -> TransactionFacts:
    """Return a row as facts."""
    return TransactionFacts(
        id=row.pk,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        retail_partner_id=row.retail_partner_id,
        item_version=row.item_version,
        warehouse=row.warehouse_id,
        owner=row.owner_type,
        batch=row.batch_number,
        type=row.type,
        on_hand_change=row.on_hand_change,
        reserved_change=row.reserved_change,
        on_hold_change=row.on_hold_change,
        on_hand_after=row.on_hand_after,
        reserved_after=row.reserved_after,
        on_hold_after=row.on_hold_after,
        reservation_id=row.reservation_id,
        reference=row.reference,
        reason=row.reason,
        application_id=row.application_id,
        party=row.party_type,
        party_id=row.party_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )
