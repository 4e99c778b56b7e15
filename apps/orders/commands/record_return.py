"""Record what came back of an order: each line a movement, never more than was shipped."""

from collections.abc import Sequence

from apps.core.codes import chosen_or_new
from apps.core.context import PartyType
from apps.core.errors import FieldError, NotFound
from apps.inventory.domain import order_stock
from apps.inventory.domain.arrivals import Line
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.domain.order_stock import OrderStock, Picked
from apps.inventory.queries.warehouses import warehouses
from apps.orders.domain import life
from apps.orders.domain.life import Step
from apps.orders.errors import MoreThanOpen
from apps.orders.models import Order, OrderLine, OrderReturn, OrderReturnLine
from apps.orders.queries import return_facts
from apps.orders.types import NewReturn, OrderReturnDisposition, ReturnedItem, ReturnFacts
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@use_case(ReturnFacts)
def record_return(uow: UnitOfWork, new: NewReturn) -> ReturnFacts:
    """Book what came back: into stock, into quarantine, written off, or on to the supplier.

    Where the order was delivered into the partner's own warehouse it leaves that. Raises MoreThanOpen for more than
    was shipped and has not come back, InsufficientStock where the partner has it no more.
    """
    order, lines = life.begin(uow, new.order_id, Step.RETURN, None)
    _check_place(uow, order, new.warehouse_id)
    quantities = in_base_units(
        uow,
        [
            Measured(item.product_id, item.unit, item.quantity, f"#/items/{index}/quantity")
            for index, item in enumerate(new.items)
        ],
    )
    for index, (item, quantity) in enumerate(zip(new.items, quantities, strict=True)):
        _note(life.line_of(lines, item.product_id, f"#/items/{index}/productId"), quantity)
    row = master_data.create(
        uow,
        OrderReturn,
        code=chosen_or_new(new.return_id, prefix="ret", pointer="#/returnId"),
        type=new.type.value,
        status="received",
        order=order,
        supplier_id=order.supplier_id,
        retail_partner_id=order.retail_partner_id,
        warehouse_id=new.warehouse_id,
        reference=new.reference,
    )
    booked = [
        (index, line)
        for index, (item, quantity) in enumerate(zip(new.items, quantities, strict=True))
        for line in _movements(order, item, quantity, new.warehouse_id, row.pk)
    ]
    order_stock.post(uow, booked)
    facts = return_facts(row, OrderReturnLine.objects.bulk_create(_lines(row, order, new.items, quantities)))
    life.finish(uow, order, lines, event="order.updated")
    about = {"supplierId": order.supplier_id, "productId": None, "warehouses": [new.warehouse_id], "return": facts}
    uow.emit(Event("return.received", row.pk, row.version, about))
    return facts


def _check_place(uow: UnitOfWork, order: Order, warehouse_id: str) -> None:
    """Raise NotFound for a warehouse that the caller does not see, or where the house's stock may not lie."""
    place = warehouses(uow.ctx).filter(pk=warehouse_id).first()
    owners = {(PartyType.TENANT.value, ""), (PartyType.SUPPLIER.value, order.supplier_id)}
    if place is None or (place.owner_type, place.owner_id) not in owners:
        detail = "There is no such warehouse of the house, or of the order's supplier."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/warehouseLocation")])


def _note(line: OrderLine, quantity: int) -> None:
    left = line.shipped - line.short - line.returned
    if quantity > left:
        raise MoreThanOpen(productId=line.product_id, open=left, requested=quantity, step="returned")
    line.returned += quantity


def _movements(order: Order, item: ReturnedItem, quantity: int, warehouse_id: str, return_id: str) -> list[Line]:
    stock: OrderStock = life.stock_of(order)
    said = {"reference": return_id, "reason": item.reason}
    lines = []
    if order.delivery_warehouse_id is not None:
        there = Picked(item.product_id, quantity, item.batch_number, order.delivery_warehouse_id)
        lines.append(order_stock.leaves_partner(stock, there, **said))
    here = Picked(item.product_id, quantity, item.batch_number, warehouse_id)
    match item.disposition:
        case OrderReturnDisposition.RESTOCK | OrderReturnDisposition.QUARANTINE:
            quarantined = item.disposition is OrderReturnDisposition.QUARANTINE
            lines.append(order_stock.comes_back(stock, here, quarantined=quarantined, **said))
        case OrderReturnDisposition.SCRAP:
            lines.append(order_stock.passes_through(stock, here, leaves_as="damage", **said))
        case OrderReturnDisposition.BACK_TO_SUPPLIER:
            lines.append(order_stock.passes_through(stock, here, leaves_as="shipment", **said))
    return lines


def _lines(
    row: OrderReturn, order: Order, items: Sequence[ReturnedItem], quantities: Sequence[int]
) -> list[OrderReturnLine]:
    return [
        OrderReturnLine(
            tenant_id=row.tenant_id,
            order_return=row,
            position=position,
            product_id=item.product_id,
            batch_number=item.batch_number,
            quantity=quantity,
            reason=item.reason,
            condition=item.condition,
            disposition=item.disposition.value,
            taken_from_partner=order.delivery_warehouse_id is not None,
        )
        for position, (item, quantity) in enumerate(zip(items, quantities, strict=True))
    ]
