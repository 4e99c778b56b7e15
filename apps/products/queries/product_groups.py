from collections.abc import Iterable

from apps.core.context import CallContext
from apps.products.models import (
    ProductGroup,
)
from apps.products.models.product_group import ProductGroupQuerySet
from apps.products.queries.products import products
from apps.products.types import (
    ProductGroupFacts,
)
from apps.tenancy.queries import common_facts, found


def product_groups(ctx: CallContext) -> ProductGroupQuerySet:
    """Return the groups that the caller may see today."""
    return ProductGroup.objects.visible_to(ctx.principal, ctx.now.date())


def product_group(ctx: CallContext, group_id: str) -> ProductGroupFacts:
    """Return one group. Raises NotFound where it is absent or invisible."""
    return group_facts(found(product_groups(ctx), group_id))


def variants(ctx: CallContext, group_id: str, product_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return what each of the products is among its group's members: the attributes that the group varies by."""
    names = product_group(ctx, group_id).varies_by
    rows = products(ctx).filter(group_id=group_id, pk__in=set(product_ids))
    return {
        code: {name: attributes[name] for name in names if name in attributes}
        for code, attributes in rows.values_list("pk", "attributes")
    }


def group_facts(row: ProductGroup) -> ProductGroupFacts:
    """Return a row as facts."""
    return ProductGroupFacts(
        group_id=row.pk,
        name=row.name,
        description=row.description,
        varies_by=row.varies_by,
        **common_facts(row),
    )
