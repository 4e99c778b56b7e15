from collections.abc import Sequence

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.inventory.domain.base_units import Measured, in_base_units
from apps.orders.domain import life
from apps.orders.domain.life import Step
from apps.orders.domain.progress import progress_of
from apps.orders.errors import MoreThanOpen
from apps.orders.models import Order, OrderLine
from apps.orders.types import CancelledItem, OrderFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(OrderFacts)
def cancel_order(
    uow: UnitOfWork,
    order_id: str,
    *,
    items: Sequence[CancelledItem] | None,
    reason: str | None,
    expected: ExpectedVersion | None,
) -> OrderFacts:
    """Give up what has not left, all of it or what `items` name: what waits first, then what is held.

    Raises MoreThanOpen for more than has not left.
    """
    row, lines = life.begin(uow, order_id, Step.CANCEL, expected)
    given_up = [(line, line.open) for line in lines] if items is None else _named(uow, lines, items)
    for line, quantity in given_up:
        line.cancelled += quantity
    held = order_stock.give_up(
        uow, life.stock_of(row), [(line.product_id, quantity) for line, quantity in given_up if quantity]
    )
    status = progress_of(row.status, lines)
    ended = status in (Order.CANCELLED, Order.RECEIVED)
    return life.finish(
        uow,
        row,
        lines,
        event={Order.CANCELLED: "order.cancelled", Order.RECEIVED: "order.received"}.get(status, "order.updated"),
        held=held,
        status=status,
        cancel_reason=reason or row.cancel_reason,
        shipped_at=row.shipped_at or (uow.ctx.now if status in (Order.SHIPPED, Order.RECEIVED) else None),
        closed_at=uow.ctx.now if ended else None,
    )


def _named(uow: UnitOfWork, lines: Sequence[OrderLine], items: Sequence[CancelledItem]) -> list[tuple[OrderLine, int]]:
    quantities = in_base_units(
        uow,
        [
            Measured(item.product_id, item.unit, item.quantity or 0, f"#/items/{index}/quantity")
            for index, item in enumerate(items)
        ],
    )
    named: list[tuple[OrderLine, int]] = []
    for index, (item, quantity) in enumerate(zip(items, quantities, strict=True)):
        line = life.line_of(lines, item.product_id, f"#/items/{index}/productId")
        left = line.open - sum(before for other, before in named if other is line)
        given_up = left if item.quantity is None else quantity
        if given_up > left:
            raise MoreThanOpen(productId=line.product_id, open=left, requested=given_up, step="cancelled")
        named.append((line, given_up))
    return named
