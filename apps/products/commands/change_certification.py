from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.certifications import certification_facts, certifications_of
from apps.products.types import CertificationFacts
from apps.retail_partners.domain.validity import refuse_backward_period
from apps.tenancy.domain import master_data


@use_case(CertificationFacts)
def change_certification(
    uow: UnitOfWork,
    product_id: str,
    certification_id: str,
    *,
    expected: ExpectedVersion | None,
    changes: dict[str, Any],
) -> CertificationFacts:
    """Change what `changes` names of a certificate; one that is valid until another day is told of again."""
    row = master_data.lock(certifications_of(catalogue.lock_own(uow, product_id)), certification_id)
    if expected is not None:
        expected.check(row.version)  # before the new days are compared with stored ones that the caller never read
    refuse_backward_period(changes.get("valid_from", row.valid_from), changes.get("valid_to", row.valid_to))
    if changes.get("valid_to", row.valid_to) != row.valid_to:
        changes = {**changes, "told": ""}
    changed = master_data.patch(uow, row, expected=expected, changes=changes)
    return certification_facts(changed, uow.ctx.now.date())
