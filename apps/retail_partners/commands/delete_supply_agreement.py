from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.queries import supply_agreements
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_supply_agreement(uow: UnitOfWork, agreement_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete an agreement."""
    row = master_data.lock(supply_agreements(uow.ctx), agreement_id)
    master_data.delete(uow, row, expected=expected)
    return True
