from apps.core.errors import NotFound, ResourceInUse
from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue
from apps.products.queries.packaging import packaging_facts, packaging_of


@use_case(bool)
def delete_packaging(
    uow: UnitOfWork, product_id: str, unit_of_measure: str, *, expected: ExpectedVersion | None
) -> bool:
    """Delete a unit of a product: what is booked counts base units, whatever unit it came in.

    Raises ResourceInUse where a price, an order rule or a party's own code counts the unit.
    """
    product = catalogue.lock_own(uow, product_id)
    rows = packaging_of(product).filter(unit_of_measure=unit_of_measure)
    row = rows.first()
    if row is None:
        raise NotFound
    if expected is not None:
        expected.check(packaging_facts(row).version)
    users = catalogue.users_of_unit(product, unit_of_measure)
    if users:
        raise ResourceInUse(f"{' and '.join(users)} of the product count this unit.")
    rows.delete()
    return True
