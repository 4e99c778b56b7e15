from collections.abc import Sequence
from datetime import datetime

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import life, receipt
from apps.shipments.domain.arriving import arrive
from apps.shipments.domain.life import Step
from apps.shipments.domain.receipt import Incoming
from apps.shipments.types import ArrivedItem, ShipmentFacts


@use_case(ShipmentFacts)
def deliver_shipment(
    uow: UnitOfWork,
    shipment_id: str,
    *,
    expected: ExpectedVersion | None,
    items: Sequence[ArrivedItem] | None,
    complete: bool,
    occurred_at: datetime | None,
) -> ShipmentFacts:
    """Say what arrived of a shipment, without `items` all of it; it becomes the retail partner's own stock.

    `complete` writes off what did not arrive. The shipment is delivered when nothing of it is under way any more.
    """
    row, order, lines = life.begin(uow, shipment_id, Step.DELIVER, expected)
    incoming = [Incoming(row, list(row.parcels.all()))]
    arrived = receipt.as_sent(incoming) if items is None else receipt.in_pieces(uow, incoming, items)
    arrive(uow, order, lines, incoming, arrived, complete=complete, occurred_at=occurred_at)
    return life.facts(row, incoming[0].parcels)
