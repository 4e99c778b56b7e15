"""How far an order has come: what its lines say of its status."""

from collections.abc import Iterable

from apps.orders.models import Order, OrderLine


def progress_of(status: str, lines: Iterable[OrderLine]) -> str:
    """Return the status of an order with such lines, which was `status` before something happened to them."""
    lines = list(lines)
    if not any(line.shipped for line in lines):
        return status if any(line.open for line in lines) else Order.CANCELLED
    if any(line.open for line in lines):
        return Order.PARTLY_SHIPPED
    return Order.SHIPPED if any(line.under_way for line in lines) else Order.RECEIVED
