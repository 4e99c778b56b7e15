from django.db.models import QuerySet

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.products.models import (
    Packaging,
    Product,
)
from apps.products.queries.products import products
from apps.products.types import (
    PackagingFacts,
)
from apps.tenancy.queries import found


def packaging(ctx: CallContext, product_id: str) -> QuerySet[Packaging]:
    """Return the packaging of one product. Raises NotFound where the product is absent or invisible."""
    return packaging_of(found(products(ctx), product_id))


def packaging_in_unit(ctx: CallContext, product_id: str, unit_of_measure: str) -> PackagingFacts:
    """Return one packaging. Raises NotFound where it, or its product, is absent or invisible."""
    row = packaging(ctx, product_id).filter(unit_of_measure=unit_of_measure).first()
    if row is None:
        raise NotFound
    return packaging_facts(row)


def packaging_of(product: Product) -> QuerySet[Packaging]:
    """Return the packaging of a product that was read already."""
    return Packaging.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def packaging_facts(row: Packaging) -> PackagingFacts:
    """Return a row as facts."""
    return PackagingFacts(
        product_id=row.product_id,
        unit_of_measure=row.unit_of_measure,
        numerator=row.numerator,
        denominator=row.denominator,
        gtin=row.gtin,
        created_at=rfc3339(row.created_at),
    )
