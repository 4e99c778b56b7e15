"""Events of orders and returns: as the document shows them, and as one reader sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apps.core.context import Principal
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.orders.api.return_schemas import ReturnView, rendered_return
from apps.orders.api.schemas import OrderView, rendered_order
from apps.orders.queries import may_see
from apps.orders.types import OrderFacts, ReturnFacts
from apps.outbox.types import LoggedEvent


class OrderPlacedEvent(EventView):
    """An order was placed, or a sale recorded; its stock is held, or waited for."""

    type: Literal["order.placed"]
    data: OrderView


class OrderConfirmedEvent(EventView):
    """The supplier has said what it will send."""

    type: Literal["order.confirmed"]
    data: OrderView


class OrderUpdatedEvent(EventView):
    """Something about an order changed, or part of it was cancelled or came back."""

    type: Literal["order.updated"]
    data: OrderView


class OrderCancelledEvent(EventView):
    """Nothing of an order will be sent."""

    type: Literal["order.cancelled"]
    data: OrderView


class OrderShippedEvent(EventView):
    """Something of an order has left; its status tells whether that was all."""

    type: Literal["order.shipped"]
    data: OrderView


class OrderReceivedEvent(EventView):
    """Everything that was to be sent of an order has arrived, or was given up."""

    type: Literal["order.received"]
    data: OrderView


class ReturnReceivedEvent(EventView):
    """Something of an order came back."""

    type: Literal["return.received"]
    data: ReturnView


def render_orders(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[OrderView | None]:
    """Return each event's order as it was then; None where it is not the reader's to see."""
    del now  # whose an order is never changes
    return [_order(convert(event.facts["order"], OrderFacts, strict=False), reader) for event in events]


def render_returns(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[ReturnView | None]:
    """Return each event's return; None where it is not the reader's to see."""
    del now
    return [_return(convert(event.facts["return"], ReturnFacts, strict=False), reader) for event in events]


def _order(facts: OrderFacts, reader: Principal) -> OrderView | None:
    return rendered_order(facts, reader) if may_see(reader, facts.supplier_id, facts.retail_partner_id) else None


def _return(facts: ReturnFacts, reader: Principal) -> ReturnView | None:
    return rendered_return(facts, reader) if may_see(reader, facts.supplier_id, facts.retail_partner_id) else None
