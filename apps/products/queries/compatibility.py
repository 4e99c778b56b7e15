from django.db.models import QuerySet

from apps.core.context import CallContext
from apps.core.ids import decode_id
from apps.core.times import rfc3339
from apps.products.models import (
    Compatibility,
    Product,
)
from apps.products.queries.products import products
from apps.products.types import (
    COMPATIBILITY_PREFIX,
    CompatibilityFacts,
)
from apps.tenancy.queries import found


def compatibility(ctx: CallContext, product_id: str) -> QuerySet[Compatibility]:
    """Return the vehicles that one product fits. Raises NotFound where the product is absent or invisible."""
    return compatibility_of(found(products(ctx), product_id))


def compatibility_of(product: Product) -> QuerySet[Compatibility]:
    """Return the vehicles that a product fits which was read already."""
    return Compatibility.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def one_compatibility(rows: QuerySet[Compatibility], compatibility_id: str) -> Compatibility:
    """Return one of the vehicles. Raises NotFound where it is not among them."""
    return found(rows, decode_id(COMPATIBILITY_PREFIX, compatibility_id))


def compatibility_facts(row: Compatibility) -> CompatibilityFacts:
    """Return a row as facts."""
    return CompatibilityFacts(
        id=row.pk,
        product_id=row.product_id,
        make=row.make,
        model=row.model,
        year_from=row.year_from,
        year_to=row.year_to,
        engine=row.engine,
        trim=row.trim,
        position=row.position,
        notes=row.notes,
        created_at=rfc3339(row.created_at),
    )
