"""Fill back-orders where stock became available by time alone: a pool has ended, or may be borrowed now."""

from apps.inventory.domain import kernel
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(int)
def fill_backorders(uow: UnitOfWork, *, after: int) -> int:
    """Promise what is available to what waits for it, in at most 500 items with keys beyond `after`.

    Returns the key of the last, 0 where there are no more. Where stock comes in, or is given up, the kernel does so
    in the same step.
    """
    return kernel.fill_due(uow, after)
