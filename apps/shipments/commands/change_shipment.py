from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import order_stock
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain import life
from apps.shipments.domain.departure import postponement
from apps.shipments.domain.life import Step
from apps.shipments.queries import packages_of
from apps.shipments.types import ShipmentFacts
from apps.tenancy.domain import master_data


@use_case(ShipmentFacts)
def change_shipment(
    uow: UnitOfWork, shipment_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> ShipmentFacts:
    """Change who carries a shipment, its tracking number, when it is expected."""
    row, _, _ = life.begin(uow, shipment_id, Step.CHANGE, expected)
    packages, parcels = packages_of(row), list(row.parcels.all())
    master_data.patch(uow, row, expected=None, changes=changes)
    if "expected_at" in changes:
        order_stock.post(uow, postponement(row, parcels))
    return life.tell(uow, row, packages, parcels, event="shipment.updated")
