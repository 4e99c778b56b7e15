from uuid import UUID

from apps.core.preconditions import ExpectedVersion
from apps.inventory.queries.parked import parked_movements
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.queries import found


@use_case(bool)
def drop_parked_movement(uow: UnitOfWork, parked_movement_id: UUID | None, *, expected: ExpectedVersion | None) -> bool:
    """Drop a parked movement, which is then never booked; of one that was booked the note alone goes."""
    row = found(parked_movements(uow.ctx).select_for_update(), parked_movement_id)
    if expected is not None:
        expected.check(row.version)
    parked_movements(uow.ctx).filter(pk=row.pk).delete()
    return True
