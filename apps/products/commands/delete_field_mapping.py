from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain.sku_mappings import refuse_retail_partners
from apps.products.queries.field_mappings import field_mappings
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_field_mapping(uow: UnitOfWork, field_mapping_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a field mapping."""
    row = master_data.lock(field_mappings(uow.ctx), field_mapping_id)
    refuse_retail_partners(uow.ctx, row.supplier_id)
    master_data.delete(uow, row, expected=expected)
    return True
