from dataclasses import asdict

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import catalogue, variants
from apps.products.domain.keeping import refuse_backward_temperatures
from apps.products.events import product_updated
from apps.products.queries.products import facts_of
from apps.products.types import ProductFacts, ProductValues
from apps.tenancy.domain import master_data


@use_case(ProductFacts)
def replace_product(
    uow: UnitOfWork, product_id: str, values: ProductValues, *, expected: ExpectedVersion | None
) -> ProductFacts:
    """Replace everything of a product that callers set."""
    refuse_backward_temperatures(values.storage_conditions)
    varies_by = variants.varies_by(uow, values.group_id)
    row = catalogue.lock_own(uow, product_id)
    catalogue.keep_base_unit(row, values.unit_of_measure, expected=expected)
    if expected is not None:
        expected.check(row.version)
    key = variants.variant_key(varies_by, values.attributes)
    with variants.unlike_its_siblings(values.group_id, key):
        facts = facts_of(master_data.change(uow, row, expected=expected, variant_key=key, **asdict(values)))
    uow.emit(product_updated(facts))
    return facts
