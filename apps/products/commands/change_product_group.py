from typing import Any

from apps.core.preconditions import ExpectedVersion
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import variants
from apps.products.queries.product_groups import group_facts, product_groups
from apps.products.types import ProductGroupFacts
from apps.tenancy.domain import master_data


@use_case(ProductGroupFacts)
def change_product_group(
    uow: UnitOfWork, group_id: str, *, expected: ExpectedVersion | None, changes: dict[str, Any]
) -> ProductGroupFacts:
    """Change what `changes` names of a group; every member must be told apart by what it then varies by."""
    row = master_data.lock(product_groups(uow.ctx), group_id)
    variants.require_staff(uow)
    if expected is not None:
        expected.check(row.version)
    if changes.get("varies_by", row.varies_by) != row.varies_by:
        variants.regroup(uow, row, changes["varies_by"])
    return group_facts(master_data.patch(uow, row, expected=expected, changes=changes))
