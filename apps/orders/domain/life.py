"""The life of an order: which step follows which, and who may take it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NoReturn

from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, Forbidden, NotFound
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.inventory.domain.order_stock import OrderStock
from apps.inventory.types import ReservationFacts
from apps.orders.errors import NotNow
from apps.orders.models import Order, OrderLine
from apps.orders.queries import order_facts, orders
from apps.orders.types import OrderFacts
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.domain import master_data


class Step(StrEnum):
    """What is done to an order after it was placed."""

    CHANGE = "change"
    CONFIRM = "confirm"
    CANCEL = "cancel"
    SHIP = "ship"
    RECEIVE = "receive"
    RETURN = "return"


# The statuses from which each step may be taken.
TRANSITIONS: dict[Step, frozenset[str]] = {
    Step.CHANGE: frozenset({Order.PLACED, Order.CONFIRMED, Order.PARTLY_SHIPPED}),
    Step.CONFIRM: frozenset({Order.PLACED}),
    Step.CANCEL: frozenset({Order.PLACED, Order.CONFIRMED, Order.PARTLY_SHIPPED}),
    Step.SHIP: frozenset({Order.CONFIRMED, Order.PARTLY_SHIPPED}),
    Step.RECEIVE: frozenset({Order.PARTLY_SHIPPED, Order.SHIPPED}),
    Step.RETURN: frozenset({Order.PARTLY_SHIPPED, Order.SHIPPED, Order.RECEIVED}),
}
# Who may take it, beside staff.
_BY: dict[Step, frozenset[PartyType]] = {
    Step.CHANGE: frozenset({PartyType.RETAIL_PARTNER}),
    Step.CONFIRM: frozenset({PartyType.SUPPLIER}),
    Step.CANCEL: frozenset({PartyType.SUPPLIER, PartyType.RETAIL_PARTNER}),
    Step.SHIP: frozenset({PartyType.SUPPLIER}),
    Step.RECEIVE: frozenset({PartyType.RETAIL_PARTNER}),
    Step.RETURN: frozenset({PartyType.SUPPLIER}),
}


def begin(
    uow: UnitOfWork, order_id: str, step: Step, expected: ExpectedVersion | None
) -> tuple[Order, list[OrderLine]]:
    """Return an order that the caller may take a step with now, locked, and its lines.

    Every step locks the order first and then, in one call of the kernel, its items: two steps never wait for each
    other in a circle, and the second finds what the first has left. Raises NotFound, Forbidden, a version conflict or
    NotNow, in this order.
    """
    row = master_data.lock(orders(uow.ctx), order_id)
    check_party(uow.ctx.principal, step)
    if expected is not None:
        expected.check(row.version)
    check_status(row.status, step)
    return row, list(row.lines.all())


def check_party(principal: Principal, step: Step) -> None:
    """Raise Forbidden for a party that sees the order and may not take the step."""
    if not principal.is_staff and principal.party not in _BY[step]:
        raise Forbidden(f"To {step} an order is not a {_SPOKEN[principal.party]}'s to do.")


def check_status(status: str, step: Step) -> None:
    """Raise NotNow in a status from which the step may not be taken."""
    if status not in TRANSITIONS[step]:
        refuse(status)


def refuse(status: str, *, without: Step | None = None) -> NoReturn:
    """Raise NotNow, with the steps that the status allows, but for one that something else stands in the way of."""
    allowed = [each.value for each in Step if status in TRANSITIONS[each] and each is not without]
    raise NotNow(currentStatus=status, allowed=allowed)


def finish(
    uow: UnitOfWork,
    row: Order,
    lines: Sequence[OrderLine],
    *,
    event: str,
    held: ReservationFacts | None = None,
    **changes: Any,
) -> OrderFacts:
    """Write an order as a step has left it, with its lines, under the next version, and tell of it."""
    OrderLine.objects.bulk_update(lines, _LINE_CHANGES)
    master_data.change(uow, row, expected=None, **changes)
    return tell(uow, row, lines, event=event, held=held)


def tell(
    uow: UnitOfWork, row: Order, lines: Sequence[OrderLine], *, event: str, held: ReservationFacts | None = None
) -> OrderFacts:
    """Return the order as facts and emit the event that carries them."""
    facts = order_facts(row, lines, held or order_stock.held(uow, stock_of(row)))
    about = {
        "supplierId": row.supplier_id,
        "products": sorted({line.product_id for line in lines}),
        "warehouses": [row.delivery_warehouse_id] if row.delivery_warehouse_id else [],
        "order": facts,
    }
    uow.emit(Event(event, row.pk, row.version, about))
    return facts


def stock_of(row: Order) -> OrderStock:
    """Return what the order is to stock."""
    return OrderStock(
        order_id=row.pk,
        reservation_id=row.reservation_id,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        priority=row.priority,
    )


def line_of(lines: Sequence[OrderLine], product_id: str, pointer: str) -> OrderLine:
    """Return the line about a product. Raises NotFound, with the pointer to where it is named."""
    for line in lines:
        if line.product_id == product_id:
            return line
    detail = "The order has no such product."
    raise NotFound(detail, errors=[FieldError(code="not_found", detail=detail, pointer=pointer)])


_LINE_CHANGES = ["promised_on", "confirmed", "cancelled", "shipped", "received", "damaged", "short", "over", "returned"]
_SPOKEN = {PartyType.SUPPLIER: "supplier", PartyType.RETAIL_PARTNER: "retail partner"}
