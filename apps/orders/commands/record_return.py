"""Record what came back of an order: each line a movement, never more than was shipped."""

from collections.abc import Sequence
from dataclasses import replace

from apps.core.codes import chosen_or_new
from apps.core.context import PartyType
from apps.core.errors import FieldError, InvalidState, NotFound, ValidationFailed
from apps.inventory.domain import order_stock
from apps.inventory.domain.arrivals import Line
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.inventory.domain.order_stock import OrderStock, Picked
from apps.inventory.errors import InsufficientStock
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
from apps.transactions.queries import batches_that_left


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
        _note(order, life.line_of(lines, item.product_id, f"#/items/{index}/productId"), quantity)
    items = _of_what_left(uow, order, new.items)
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
        for index, (item, quantity) in enumerate(zip(items, quantities, strict=True))
        for line in _movements(order, item, quantity, new.warehouse_id, row.pk)
    ]
    _book(uow, booked)
    facts = return_facts(row, OrderReturnLine.objects.bulk_create(_lines(row, order, items, quantities)))
    life.finish(uow, order, lines, event="order.updated")
    about = {
        "supplierId": order.supplier_id,
        "products": sorted({line.product_id for line in facts.items}),
        "warehouses": [new.warehouse_id],
        "return": facts,
    }
    uow.emit(Event("return.received", row.pk, row.version, about))
    return facts


def _of_what_left(uow: UnitOfWork, order: Order, items: Sequence[ReturnedItem]) -> list[ReturnedItem]:
    """Return what came back with its batch, so that an expiry or a recall comes back with it.

    None named is the stock without a batch, where some of that was shipped. Raises NotFound for a batch that was not
    shipped, ValidationFailed where several were and none is named.
    """
    products = {item.product_id for item in items}
    left = batches_that_left(
        uow.ctx.tenant_id,
        order.supplier_id,
        products,
        reservation_id=order.reservation_id,
        since=order.created_at,
    )
    found = []
    for index, item in enumerate(items):
        shipped, pointer = left[item.product_id], f"#/items/{index}/batchNumber"
        if item.batch_number is None and None not in shipped and len(shipped) > 1:
            detail = "Several batches of it were shipped: name the one that came back."
            raise ValidationFailed(detail, errors=[FieldError(code="required", detail=detail, pointer=pointer)])
        if item.batch_number is not None and item.batch_number not in shipped:
            detail = "No such batch was shipped of the order."
            raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer=pointer)])
        only = next(iter(shipped)) if len(shipped) == 1 else None
        found.append(replace(item, batch_number=item.batch_number or only))
    return found


def _check_place(uow: UnitOfWork, order: Order, warehouse_id: str) -> None:
    """Raise NotFound for a warehouse that the caller does not see, or where the house's stock may not lie."""
    place = warehouses(uow.ctx).filter(pk=warehouse_id).first()
    owners = {(PartyType.TENANT.value, ""), (PartyType.SUPPLIER.value, order.supplier_id)}
    if place is None or (place.owner_type, place.owner_id) not in owners:
        detail = "There is no such warehouse of the house, or of the order's supplier."
        raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer="#/warehouseLocation")])


def _book(uow: UnitOfWork, booked: Sequence[tuple[int, Line]]) -> None:
    """Post the movements; a supplier is not told what its retail partner has left.

    Raises what the kernel refuses, for a supplier InvalidState in the place of InsufficientStock.
    """
    try:
        order_stock.post(uow, booked)
    except InsufficientStock as refusal:
        if uow.ctx.principal.is_staff:
            raise
        detail = "The retail partner has too little of it left."
        places = [FieldError(code="invalid_state", detail=detail, pointer=error.pointer) for error in refusal.errors]
        raise InvalidState(detail, errors=places) from None


def _note(order: Order, line: OrderLine, quantity: int) -> None:
    """Note what came back on a line: of what has arrived, where the partner's own stock says so, else of what left."""
    left = line.shipped - line.short - line.returned
    if order.delivery_warehouse_id is not None:
        left = min(left, line.received + line.damaged - line.returned)
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
