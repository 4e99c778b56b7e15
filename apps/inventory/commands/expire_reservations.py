"""Take back what reservations hold beyond their expiry, where no movement has done it yet."""

from apps.inventory.domain import kernel
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(int)
def expire_reservations(uow: UnitOfWork) -> int:
    """Expire what is due in the call's tenant; returns the number of items looked at, at most 500."""
    return kernel.expire_due(uow)
