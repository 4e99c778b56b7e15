from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import sku_mappings
from apps.products.queries.products import products
from apps.products.queries.sku_mappings import sku_mapping_facts
from apps.products.queries.sku_mappings import sku_mappings as visible_mappings
from apps.products.types import SkuMappingFacts
from apps.tenancy.domain import master_data


@use_case(SkuMappingFacts)
def change_sku_mapping(
    uow: UnitOfWork, sku_mapping_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> SkuMappingFacts:
    """Change what a code stands for; whose code it is, and the code itself, never change."""
    row = master_data.lock(visible_mappings(uow.ctx), sku_mapping_id)
    sku_mappings.refuse_retail_partners(uow.ctx, row.supplier_id)
    if expected is not None:
        expected.check(row.version)
    if changes.keys() & {"product_id", "unit_of_measure"}:
        product_id = changes.get("product_id", row.product_id)
        product = master_data.referred(products(uow.ctx), product_id, pointer="#/productId")
        # Another product has units of its own.
        unit = changes.get("unit_of_measure", row.unit_of_measure if product_id == row.product_id else None)
        changes["unit_of_measure"] = sku_mappings.own_unit(product, unit)
    return sku_mapping_facts(master_data.patch(uow, row, expected=expected, changes=changes))
