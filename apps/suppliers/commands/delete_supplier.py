from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_supplier(uow: UnitOfWork, supplier_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a supplier that nothing names."""
    row = master_data.lock(suppliers(uow.ctx), supplier_id)
    master_data.delete(uow, row, expected=expected)
    return True
