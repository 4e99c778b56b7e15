from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.domain.validity import refuse_backward_period
from apps.retail_partners.queries import supply_agreement_facts, supply_agreements
from apps.retail_partners.types import SupplyAgreementFacts
from apps.tenancy.domain import master_data


@use_case(SupplyAgreementFacts)
def change_supply_agreement(
    uow: UnitOfWork, agreement_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> SupplyAgreementFacts:
    """Change what `changes` names of an agreement; whom and what it is about never changes."""
    row = master_data.lock(supply_agreements(uow.ctx), agreement_id)
    if expected is not None:
        expected.check(row.version)  # before the new dates are compared with stored ones that the caller never read
    refuse_backward_period(changes.get("valid_from", row.valid_from), changes.get("valid_to", row.valid_to))
    return supply_agreement_facts(master_data.patch(uow, row, expected=expected, changes=changes))
