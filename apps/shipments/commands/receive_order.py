from collections.abc import Sequence
from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.orders.domain import life as order_life
from apps.orders.types import OrderFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import receipt
from apps.shipments.domain.arriving import arrive
from apps.shipments.domain.receipt import Incoming
from apps.shipments.models import Shipment
from apps.shipments.queries import shipments
from apps.shipments.types import ArrivedItem


@use_case(OrderFacts)
def receive_order(
    uow: UnitOfWork,
    order_id: str,
    *,
    expected: ExpectedVersion | None,
    items: Sequence[ArrivedItem] | None,
    complete: bool,
    occurred_at: datetime | None,
) -> OrderFacts:
    """Say what arrived of an order, whatever shipments it came in; without `items` all that is under way.

    What left first is received first. `complete` writes off what did not arrive.
    """
    order, lines = order_life.begin(uow, order_id, order_life.Step.RECEIVE, expected)
    rows = shipments(uow.ctx).filter(order_id=order.pk, status=Shipment.DISPATCHED)
    under_way = rows.select_for_update(of=("self",), no_key=True).order_by("dispatched_at", "id")
    incoming = [Incoming(row, list(row.parcels.all())) for row in under_way]
    if not incoming:
        order_life.refuse(order.status, without=order_life.Step.RECEIVE)
    arrived = receipt.as_sent(incoming) if items is None else receipt.in_pieces(uow, incoming, items)
    return arrive(uow, order, lines, incoming, arrived, complete=complete, occurred_at=occurred_at)
