from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.certifications import certifications_of
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_certification(
    uow: UnitOfWork, product_id: str, certification_id: str, *, expected: ExpectedVersion | None
) -> bool:
    """Delete a certificate of a product."""
    row = master_data.lock(certifications_of(catalogue.lock_own(uow, product_id)), certification_id)
    master_data.delete(uow, row, expected=expected)
    return True
