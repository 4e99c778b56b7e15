from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import life
from apps.shipments.domain.life import Step
from apps.shipments.models import Shipment
from apps.shipments.types import ShipmentFacts


@use_case(ShipmentFacts)
def cancel_shipment(uow: UnitOfWork, shipment_id: str, *, expected: ExpectedVersion | None) -> ShipmentFacts:
    """Unpack a shipment that has not left: its items are the order's to ship again."""
    row, _, _ = life.begin(uow, shipment_id, Step.CANCEL, expected)
    return life.finish(uow, row, [], event="shipment.cancelled", status=Shipment.CANCELLED)
