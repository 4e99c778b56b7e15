from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue, variants
from apps.products.domain.keeping import refuse_backward_temperatures
from apps.products.events import product_updated
from apps.products.queries.products import facts_of
from apps.products.types import ProductFacts
from apps.tenancy.domain import master_data


@use_case(ProductFacts)
def change_product(
    uow: UnitOfWork, product_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> ProductFacts:
    """Change what `changes` names of a product."""
    varies_by = variants.varies_by(uow, changes.get("group_id"))
    row = catalogue.lock_own(uow, product_id)
    catalogue.keep_base_unit(row, changes.get("unit_of_measure", row.unit_of_measure), expected=expected)
    if "storage_conditions" in changes:
        if expected is not None:
            expected.check(row.version)  # before a temperature is compared with one that the caller never read
        refuse_backward_temperatures(master_data.merge(row.storage_conditions, changes["storage_conditions"]))
    place = variants.placed(uow, row, changes, varies_by, expected=expected)
    with variants.unlike_its_siblings(changes.get("group_id", row.group_id), place.get("variant_key")):
        facts = facts_of(master_data.patch(uow, row, expected=expected, changes={**changes, **place}))
    uow.emit(product_updated(facts))
    return facts
