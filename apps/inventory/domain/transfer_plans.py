"""What a transfer may be planned of, and by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.core.context import PartyType
from apps.core.errors import FieldError, NotFound, ValidationFailed
from apps.inventory.models import StockItem, Warehouse
from apps.inventory.queries.warehouses import warehouses
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.queries.products import products
from apps.suppliers.queries import suppliers


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """How much of what is to be moved; without a batch, of the batches that expire first."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    batch_number: str | None
    unit: str | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """A transfer to plan; without a code it gets one."""

    transfer_id: str | None
    from_warehouse_id: str
    to_warehouse_id: str
    items: Sequence[PlannedItem]
    expected_at: datetime | None
    reference: str | None


@dataclass(frozen=True, slots=True)
class Ends:
    """The warehouses at both ends, as the caller may name them."""

    source: Warehouse
    destination: Warehouse


def check_plan(new: NewTransfer) -> None:
    """Refuse a plan that cannot be, whatever is stored.

    Raises ValidationFailed for one that leads nowhere or names a thing twice.
    """
    if new.from_warehouse_id == new.to_warehouse_id:
        raise _invalid("#/toWarehouseLocation", "A transfer leads to another warehouse.")
    named = set()
    for index, item in enumerate(new.items):
        key = (item.supplier_id, item.product_id, item.batch_number)
        if key in named:
            raise _invalid(f"#/items/{index}", "Each product and batch is named once.")
        named.add(key)


def ends_of(uow: UnitOfWork, new: NewTransfer) -> Ends:
    """Return both warehouses. Raises NotFound for one that is absent or that the caller may not see."""
    found = warehouses(uow.ctx).in_bulk([new.from_warehouse_id, new.to_warehouse_id])
    for code, pointer in (
        (new.from_warehouse_id, "#/fromWarehouseLocation"),
        (new.to_warehouse_id, "#/toWarehouseLocation"),
    ):
        if code not in found:
            raise _absent(pointer)
    return Ends(found[new.from_warehouse_id], found[new.to_warehouse_id])


def check_items(uow: UnitOfWork, ends: Ends, items: Sequence[PlannedItem]) -> None:
    """Refuse items that are not the caller's to move between the two.

    Raises NotFound for what is absent or invisible, for another partner's item, and for what may not lie in a
    supplier's own warehouse.
    """
    known = _known_items(uow, items)
    partner = partner_of(ends.source)
    for index, item in enumerate(items):
        if (item.supplier_id, item.product_id) not in known:
            raise _absent(f"#/items/{index}")
        if item.retail_partner_id not in (None, partner):
            raise _absent(f"#/items/{index}/retailPartnerId")
        for end in (ends.source, ends.destination):
            if end.owner_type == PartyType.SUPPLIER.value and end.owner_id != item.supplier_id:
                raise _absent(f"#/items/{index}/supplierId")


def partner_of(warehouse: Warehouse) -> str | None:
    """Return the retail partner whose own item lies in a warehouse; None is the house."""
    return warehouse.owner_id if warehouse.owner_type == PartyType.RETAIL_PARTNER.value else None


def _known_items(uow: UnitOfWork, items: Sequence[PlannedItem]) -> set[tuple[str, str]]:
    """Return what the caller may name: a retail partner its own items, others what exists and they may see."""
    principal = uow.ctx.principal
    named = {(item.supplier_id, item.product_id) for item in items}
    product_codes = {product for _, product in named}
    if principal.party is PartyType.RETAIL_PARTNER:
        own = StockItem.objects.filter(
            tenant_id=principal.tenant_id, retail_partner_id=principal.party_id, product_id__in=product_codes
        )
        return named & set(own.values_list("supplier_id", "product_id"))
    known_suppliers = set(
        suppliers(uow.ctx).filter(pk__in={supplier for supplier, _ in named}).values_list("pk", flat=True)
    )
    known_products = set(products(uow.ctx).filter(pk__in=product_codes).values_list("pk", flat=True))
    return {
        (supplier, product) for supplier, product in named if supplier in known_suppliers and product in known_products
    }


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])


def _absent(pointer: str) -> NotFound:
    detail = "There is no such resource."
    return NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer=pointer)])
