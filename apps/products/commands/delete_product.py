from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.certifications import certifications_of
from apps.products.queries.compatibility import compatibility_of
from apps.products.queries.packaging import packaging_of
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_product(uow: UnitOfWork, product_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a product that no stock and no movement names, and its packaging, vehicles and certificates with it."""
    row = catalogue.lock_own(uow, product_id)
    packaging_of(row).delete()
    compatibility_of(row).delete()
    for certification in certifications_of(row):
        master_data.delete(uow, certification, expected=None)
    master_data.delete(uow, row, expected=expected)
    return True
