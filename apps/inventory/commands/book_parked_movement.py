from uuid import UUID

from apps.inventory.domain import parking
from apps.inventory.models import ParkedMovement
from apps.inventory.queries.parked import parked_movements
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.queries.sku_mappings import mapped


@use_case(bool)
def book_parked_movement(uow: UnitOfWork, parked_movement_id: UUID) -> bool:
    """Book a parked movement, as the caller who posted it, if its code is mapped by now; wait for whoever is at it.

    The booking and the note of it are one transaction: what fails between them is tried again, what committed is not.
    """
    rows = parked_movements(uow.ctx).filter(pk=parked_movement_id, status=ParkedMovement.PARKED)
    row = rows.select_for_update().first()
    if row is None:
        return False
    code = mapped(uow.ctx.principal, [row.partner_sku]).get(row.partner_sku)
    if code is None:
        return False
    parking.book(uow, row, code)
    return True
