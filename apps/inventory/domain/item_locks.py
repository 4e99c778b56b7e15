"""Locking items from Python, where a use case must read before it can say what the kernel shall do."""

from collections.abc import Sequence

from apps.inventory.models import StockItem
from apps.outbox.unit_of_work import UnitOfWork


def lock_item(
    uow: UnitOfWork, supplier_id: str, product_id: str, retail_partner_id: str | None = None
) -> StockItem | None:
    """Lock an item until the transaction ends and return it; None where nothing was ever in stock.

    The kernel locks items in the order of supplier, product and partner with the house first. So this may come before
    its call where that is about the same supplier and product alone, and this item is the first of them.
    """
    rows = StockItem.objects.filter(
        tenant_id=uow.ctx.tenant_id,
        supplier_id=supplier_id,
        product_id=product_id,
        retail_partner_id=retail_partner_id,
    )
    return rows.select_for_update(no_key=True).first()


def lock_partners_items(uow: UnitOfWork, supplier_id: str, product_id: str, partners: Sequence[str]) -> list[StockItem]:
    """Lock the items that retail partners have of a product, in the kernel's order; the house's was locked before."""
    rows = StockItem.objects.filter(
        tenant_id=uow.ctx.tenant_id,
        supplier_id=supplier_id,
        product_id=product_id,
        retail_partner_id__in=partners,
    )
    return list(rows.order_by("retail_partner_id").select_for_update(no_key=True))
