from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.pools import lock_allocation, pool_line
from apps.inventory.queries.allocations import AllocationFacts, allocation
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(AllocationFacts)
def change_allocation(
    uow: UnitOfWork, allocation_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> AllocationFacts:
    """Change what `changes` names of a pool: quantity, borrowable_until, ends_at; whose it is never changes.

    Raises what `lock_allocation` raises, and InsufficientStock where more is guaranteed than is left.
    """
    row = lock_allocation(uow, allocation_id, expected)
    pool = {
        "id": row.pk,
        "retailPartner": row.retail_partner_id,
        "channel": row.channel,
        "quantity": changes.get("quantity", row.quantity),
        "borrowableUntil": changes.get("borrowable_until", row.borrowable_until),
        "endsAt": changes.get("ends_at", row.ends_at),
    }
    kernel.post_one(uow, pool_line(row.item.supplier_id, row.item.product_id, pool))
    return allocation(uow.ctx, allocation_id)
