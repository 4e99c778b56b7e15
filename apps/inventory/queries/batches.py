"""Batches: the list, and whom a recall concerns."""

from django.db.models import BigIntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce

from apps.core.context import CallContext
from apps.inventory.models import Batch, StockLevel
from apps.inventory.models.stock import BatchQuerySet
from apps.outbox.unit_of_work import UnitOfWork

# Partners that have the batch in their own stock; for whom it left the house, by itself or by a reservation; and whose
# reservations on it had to give way.
_CONCERNED = """
    SELECT b.retail_partner_id FROM inventory_batch b
    WHERE b.tenant_id = %(tenant)s AND b.supplier_id = %(supplier)s AND b.product_id = %(product)s
      AND b.number = %(number)s AND b.retail_partner_id IS NOT NULL
    UNION
    SELECT COALESCE(t.beneficiary_id, r.beneficiary_id)
    FROM transactions_stocktransaction t
    LEFT JOIN inventory_reservation r ON r.tenant_id = t.tenant_id AND r.id = t.reservation_id
    WHERE t.tenant_id = %(tenant)s AND t.supplier_id = %(supplier)s AND t.product_id = %(product)s
      AND t.batch_number = %(number)s AND t.retail_partner_id IS NULL
      AND (t.on_hand_change < 0 OR t.type = 'release' AND t.reason = 'displaced')
      AND COALESCE(t.beneficiary_id, r.beneficiary_id) IS NOT NULL
    ORDER BY 1"""


def batches(ctx: CallContext) -> BatchQuerySet:
    """Return the batches that the caller may see, each with what of it is on hand."""
    levels = (
        StockLevel.objects.annotate(owner=Coalesce("item__retail_partner_id", Value("")))
        .filter(
            tenant_id=OuterRef("tenant_id"),
            batch_number=OuterRef("number"),
            item__tenant_id=OuterRef("tenant_id"),
            item__supplier_id=OuterRef("supplier_id"),
            item__product_id=OuterRef("product_id"),
            owner=Coalesce(OuterRef("retail_partner_id"), Value("")),
        )
        .values("batch_number")
        .annotate(total=Sum("on_hand"))
        .values("total")
    )
    return Batch.objects.visible_to(ctx.principal).annotate(
        on_hand=Coalesce(Cast(Subquery(levels), BigIntegerField()), Value(0))
    )


def partners_concerned(uow: UnitOfWork, *, supplier_id: str, product_id: str, number: str) -> list[str]:
    """Return the retail partners that a recall of a house batch concerns, by code."""
    params = {"tenant": uow.ctx.tenant_id, "supplier": supplier_id, "product": product_id, "number": number}
    return [str(row[0]) for row in uow.fetch(_CONCERNED, params)]
