"""What may be ordered, by whom, of whom, and for where."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.db.models import Q

from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, Forbidden, NotFound, Refusal, ValidationFailed, pointing_to_items
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.models import Warehouse
from apps.inventory.queries.warehouses import warehouses
from apps.orders.errors import Archived
from apps.orders.types import NewOrder, OrderType
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.domain.order_rules import check_order_quantity
from apps.products.models import Product
from apps.products.queries.order_rules import order_rules_for
from apps.products.queries.products import products
from apps.retail_partners.queries import agreements_in_force, retail_partners
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


def check_order(new: NewOrder) -> None:
    """Refuse an order that cannot be, whatever is stored.

    Raises ValidationFailed for a product that is named twice, a schedule that does not add up, a platform where
    nothing was sold, and a sale into a warehouse.
    """
    refuse_naming_twice([item.product_id for item in new.items])
    for index, item in enumerate(new.items):
        if item.schedule and sum(each.quantity for each in item.schedule) != item.quantity:
            raise _invalid(f"#/items/{index}/deliverySchedule", "The instalments do not add up to the quantity.")
    if new.type is OrderType.SALE:
        if (new.platform is None) != (new.platform_order_number is None):
            raise _invalid("#/platformOrderNumber", "A platform and its order number come together.")
        if new.delivery_warehouse_id is not None:
            raise _invalid("#/deliveryWarehouse", "A sale goes to a customer, at the delivery address: not into stock.")
    elif new.platform is not None or new.platform_order_number is not None:
        raise _invalid("#/platform", "Only a sale is made on a platform.")


def refuse_naming_twice(product_ids: Sequence[str]) -> None:
    """Raise ValidationFailed, with a pointer to the item, for a product that an order's items name twice."""
    named = set()
    for index, product_id in enumerate(product_ids):
        if product_id in named:
            raise _invalid(f"#/items/{index}/productId", "Each product is named once.")
        named.add(product_id)


def party_of(principal: Principal, new: NewOrder) -> str | None:
    """Return the retail partner whose order it is.

    Raises Forbidden for a supplier, NotFound for another partner's order, ValidationFailed where staff name nobody.
    """
    match principal.party:
        case PartyType.SUPPLIER:
            raise Forbidden("A supplier does not place orders: it confirms and ships them.")
        case PartyType.RETAIL_PARTNER:
            if new.retail_partner_id not in (None, principal.party_id):
                raise _absent("#/retailPartnerId")
            return principal.party_id
        case PartyType.TENANT:
            if new.retail_partner_id is None and new.type is not OrderType.SALE:
                raise _invalid("#/retailPartnerId", "Say whose order it is: only a sale is the house's own.")
            return new.retail_partner_id


def check_references(uow: UnitOfWork, new: NewOrder, partner_id: str | None) -> dict[str, str]:
    """Return the base unit of each product, where the caller may order all of them there.

    Raises NotFound, with pointers, for what is absent or invisible: to a retail partner that is whatever no agreement
    in force lets it order. Raises Archived likewise; what a customer has bought already is recorded all the same.
    """
    if uow.ctx.principal.party is PartyType.TENANT:
        master_data.require(suppliers(uow.ctx), new.supplier_id, pointer="#/supplierId")
        if partner_id is not None:
            master_data.require(retail_partners(uow.ctx), partner_id, pointer="#/retailPartnerId")
    named = [item.product_id for item in new.items]
    rows = products(uow.ctx).filter(pk__in=named).values_list("pk", "unit_of_measure", "status")
    units = {product_id: unit for product_id, unit, _ in rows}
    if uow.ctx.principal.party is PartyType.RETAIL_PARTNER:
        agreed = _agreed(uow, new, str(partner_id))
        if not agreed:
            raise _absent("#/supplierId")
        if None not in agreed:
            units = {product_id: unit for product_id, unit in units.items() if product_id in agreed}
    missing = [index for index, product_id in enumerate(named) if product_id not in units]
    if missing:
        raise NotFound(errors=[_error(f"#/items/{index}/productId") for index in missing])
    archived = {product_id for product_id, _, status in rows if status == Product.ARCHIVED}
    if archived and new.type is not OrderType.SALE:
        refused = [(index, Archived(productId=each)) for index, each in enumerate(named) if each in archived]
        raise pointing_to_items(refused)
    if new.delivery_warehouse_id is not None:
        _check_destination(uow, new.delivery_warehouse_id, partner_id)
    return units


def base_quantities(uow: UnitOfWork, new: NewOrder) -> tuple[list[int], list[list[int]]]:
    """Return the quantity of each item, and of its instalments, in base units.

    Raises what `in_base_units` raises.
    """
    asked = [
        Measured(item.product_id, item.unit, item.quantity, f"#/items/{index}/quantity")
        for index, item in enumerate(new.items)
    ]
    instalments = [
        Measured(item.product_id, item.unit, each.quantity, f"#/items/{index}/deliverySchedule/{number}/quantity")
        for index, item in enumerate(new.items)
        for number, each in enumerate(item.schedule)
    ]
    found = in_base_units(uow, [*asked, *instalments])
    left = iter(found[len(asked) :])
    return found[: len(asked)], [[next(left) for _ in item.schedule] for item in new.items]


def check_rules(uow: UnitOfWork, new: NewOrder, partner_id: str | None, quantities: Sequence[int]) -> None:
    """Refuse quantities, in base units, that the order rules of the products do not allow; a customer may buy one.

    Raises MinimumOrderQuantity with the nearest quantities that are allowed, and a pointer to each refused item.
    """
    if new.type is OrderType.SALE:
        return
    named = [item.product_id for item in new.items]
    rules = order_rules_for(uow.ctx, new.supplier_id, named, retail_partner_id=partner_id)
    refused: list[tuple[int, Refusal]] = []
    for index, (item, quantity) in enumerate(zip(new.items, quantities, strict=True)):
        rule = rules.get(item.product_id)
        unit = Fraction(quantity, item.quantity)
        refusal = check_order_quantity(item.quantity, rule, unit=unit) if rule else None
        if refusal is not None:
            refused.append((index, refusal))
    if refused:
        raise pointing_to_items(refused)


def same_contents(uow: UnitOfWork, lines: Mapping[str, int], new: NewOrder) -> bool:
    """Tell whether an order that was recorded before has the same lines.

    Units are asked of its own products alone: those of others may not be the caller's to learn.
    """
    named = [item.product_id for item in new.items]
    return lines.keys() == set(named) and lines == dict(zip(named, base_quantities(uow, new)[0], strict=True))


def _agreed(uow: UnitOfWork, new: NewOrder, partner_id: str) -> set[str | None]:
    """Return the products that agreements in force cover with the supplier; None among them stands for all."""
    rows = agreements_in_force(uow.ctx.tenant_id, partner_id, uow.ctx.now.date()).filter(
        Q(product_id=None) | Q(product_id__in=[item.product_id for item in new.items]), supplier_id=new.supplier_id
    )
    return set(rows.values_list("product_id", flat=True))


def _check_destination(uow: UnitOfWork, warehouse_id: str, partner_id: str | None) -> None:
    """Raise NotFound for a warehouse that is not the retail partner's own."""
    place: Warehouse | None = warehouses(uow.ctx).filter(pk=warehouse_id).first()
    if place is None or place.owner_type != PartyType.RETAIL_PARTNER.value or place.owner_id != partner_id:
        raise NotFound(
            "An order is delivered into a warehouse of its retail partner.", errors=[_error("#/deliveryWarehouse")]
        )


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])


def _absent(pointer: str) -> NotFound:
    return NotFound(errors=[_error(pointer)])


def _error(pointer: str) -> FieldError:
    return FieldError(code="not_found", detail="There is no such resource.", pointer=pointer)
