from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import variants
from apps.products.queries.product_groups import product_groups
from apps.tenancy.domain import master_data


@use_case(bool)
def delete_product_group(uow: UnitOfWork, group_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Delete a group that no product names."""
    row = master_data.lock(product_groups(uow.ctx), group_id)
    variants.require_staff(uow)
    master_data.delete(uow, row, expected=expected)
    return True
