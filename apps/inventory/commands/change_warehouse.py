from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.warehouse_owners import lock_own
from apps.inventory.queries.warehouses import WarehouseFacts, warehouse_facts
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.tenancy.domain import master_data


@use_case(WarehouseFacts)
def change_warehouse(
    uow: UnitOfWork, warehouse_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> WarehouseFacts:
    """Change what `changes` names of a warehouse; its owner never changes."""
    row = lock_own(uow, warehouse_id)
    return warehouse_facts(master_data.patch(uow, row, expected=expected, changes=changes))
