from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import variants
from apps.products.models import ProductGroup
from apps.products.queries.product_groups import group_facts
from apps.products.types import NewProductGroup, ProductGroupFacts
from apps.tenancy.domain import master_data


@use_case(ProductGroupFacts)
def create_product_group(uow: UnitOfWork, new: NewProductGroup) -> ProductGroupFacts:
    """Create a group; products join it by naming it."""
    variants.require_staff(uow)
    row = master_data.create(
        uow,
        ProductGroup,
        code=chosen_or_new(new.group_id, prefix="pgr", pointer="#/groupId"),
        name=new.name,
        description=new.description,
        varies_by=new.varies_by,
        status=new.status,
        attributes=new.attributes,
    )
    return group_facts(row)
