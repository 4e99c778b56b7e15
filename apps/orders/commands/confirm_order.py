from collections.abc import Sequence

from apps.core.errors import InvalidState
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.orders.domain import life, placing
from apps.orders.domain.life import Step
from apps.orders.errors import MoreThanOpen
from apps.orders.models import Order
from apps.orders.types import ConfirmedItem, OrderFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(OrderFacts)
def confirm_order(
    uow: UnitOfWork, order_id: str, *, items: Sequence[ConfirmedItem], expected: ExpectedVersion | None
) -> OrderFacts:
    """Confirm an order: all of it, or of what `items` name so much; what is not confirmed is given up.

    Raises MoreThanOpen for more than was ordered, InvalidState where nothing would be left.
    """
    row, lines = life.begin(uow, order_id, Step.CONFIRM, expected)
    placing.refuse_naming_twice([item.product_id for item in items])
    quantities = in_base_units(
        uow,
        [
            Measured(item.product_id, item.unit, item.quantity or 0, f"#/items/{index}/quantity")
            for index, item in enumerate(items)
        ],
    )
    for line in lines:
        line.confirmed = line.open
    for index, (item, quantity) in enumerate(zip(items, quantities, strict=True)):
        line = life.line_of(lines, item.product_id, f"#/items/{index}/productId")
        line.promised_on = item.promised_on
        if item.quantity is None:
            continue
        if quantity > line.open:
            raise MoreThanOpen(productId=line.product_id, open=line.open, requested=quantity, step="confirmed")
        line.confirmed = quantity
    given_up = [(line, line.open - line.confirmed) for line in lines if line.confirmed is not None]
    for line, quantity in given_up:
        line.cancelled += quantity
    if not any(line.open for line in lines):
        raise InvalidState("Nothing would be left of the order: cancel it.")
    held = order_stock.give_up(
        uow, life.stock_of(row), [(line.product_id, quantity) for line, quantity in given_up if quantity]
    )
    return life.finish(
        uow, row, lines, event="order.confirmed", held=held, status=Order.CONFIRMED, confirmed_at=uow.ctx.now
    )
