from apps.core.errors import NotFound
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.packaging import packaging_facts, packaging_of


@use_case(bool)
def delete_packaging(
    uow: UnitOfWork, product_id: str, unit_of_measure: str, *, expected: ExpectedVersion | None
) -> bool:
    """Delete a unit of a product: always possible, because everything that is booked counts base units."""
    rows = packaging_of(catalogue.lock_own(uow, product_id)).filter(unit_of_measure=unit_of_measure)
    row = rows.first()
    if row is None:
        raise NotFound
    if expected is not None:
        expected.check(packaging_facts(row).version)
    rows.delete()
    return True
