from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.suppliers.queries import facts_of, suppliers
from apps.suppliers.types import SupplierFacts
from apps.tenancy.domain import master_data


@use_case(SupplierFacts)
def change_supplier(
    uow: UnitOfWork, supplier_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> SupplierFacts:
    """Change what `changes` names of a supplier."""
    row = master_data.lock(suppliers(uow.ctx), supplier_id)
    return facts_of(master_data.patch(uow, row, expected=expected, changes=changes))
