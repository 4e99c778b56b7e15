from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain.sku_mappings import refuse_retail_partners
from apps.products.queries.sku_mappings import sku_mappings
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_sku_mapping(uow: UnitOfWork, sku_mapping_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a mapping: its code stands for nothing any more. What was booked under it stays."""
    row = master_data.lock(sku_mappings(uow.ctx), sku_mapping_id)
    refuse_retail_partners(uow.ctx, row.supplier_id)
    master_data.delete(uow, row, expected=expected)
    return True
