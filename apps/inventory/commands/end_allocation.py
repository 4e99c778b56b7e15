from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.pools import lock_allocation, pool_line
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(bool)
def end_allocation(uow: UnitOfWork, allocation_id: str, *, expected: ExpectedVersion | None) -> bool:
    """End a pool: its open share is everybody's again, and what reservations hold of it stays held."""
    row = lock_allocation(uow, allocation_id, expected)
    kernel.post_one(uow, pool_line(row.item.supplier_id, row.item.product_id, {"id": row.pk, "ends": True}))
    return True
