from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.queries import retail_partner_facts, retail_partners
from apps.retail_partners.types import RetailPartnerFacts
from apps.tenancy.domain import master_data


@use_case(RetailPartnerFacts)
def change_retail_partner(
    uow: UnitOfWork, retail_partner_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> RetailPartnerFacts:
    """Change what `changes` names of a retail partner."""
    row = master_data.lock(retail_partners(uow.ctx), retail_partner_id)
    return retail_partner_facts(master_data.patch(uow, row, expected=expected, changes=changes))
