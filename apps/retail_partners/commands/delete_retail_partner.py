from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.queries import retail_partners
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_retail_partner(uow: UnitOfWork, retail_partner_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a retail partner that nothing names."""
    row = master_data.lock(retail_partners(uow.ctx), retail_partner_id)
    master_data.delete(uow, row, expected=expected)
    return True
