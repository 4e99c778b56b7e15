from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.compatibility import compatibility_facts, compatibility_of, one_compatibility


@use_case(bool)
def delete_compatibility(
    uow: UnitOfWork, product_id: str, compatibility_id: str, *, expected: ExpectedVersion | None
) -> bool:
    """Delete a vehicle that a product was said to fit."""
    rows = compatibility_of(catalogue.lock_own(uow, product_id))
    row = one_compatibility(rows, compatibility_id)
    if expected is not None:
        expected.check(compatibility_facts(row).version)
    rows.filter(pk=row.pk).delete()
    return True
