from apps.core.context import CallContext
from apps.products.models import Product
from apps.products.models.product import ProductQuerySet
from apps.products.types import ProductFacts
from apps.tenancy.queries import common_facts, found


def products(ctx: CallContext) -> ProductQuerySet:
    """Return the products that the caller may see today."""
    return Product.objects.visible_to(ctx.principal, ctx.now.date())


def product(ctx: CallContext, product_id: str) -> ProductFacts:
    """Return one product. Raises NotFound where it is absent or invisible."""
    return facts_of(found(products(ctx), product_id))


def facts_of(row: Product) -> ProductFacts:
    """Return a row as facts."""
    return ProductFacts(
        product_id=row.pk,
        sku=row.sku,
        name=row.name,
        description=row.description,
        gtin=row.gtin,
        unit_of_measure=row.unit_of_measure,
        group_id=row.group_id,
        images=row.images,
        supplier_id=row.supplier_id,
        **common_facts(row),
    )
