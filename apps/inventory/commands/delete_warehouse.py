from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.warehouse_owners import lock_own
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_warehouse(uow: UnitOfWork, warehouse_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a warehouse where no stock ever lay."""
    row = lock_own(uow, warehouse_id)
    master_data.delete(uow, row, expected=expected)
    return True
