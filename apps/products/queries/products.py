from apps.core.context import CallContext
from apps.core.spelling import closed_up, searched, spelled
from apps.products.models import (
    Compatibility,
    Product,
)
from apps.products.models.product import ProductQuerySet
from apps.products.types import (
    ProductFacts,
    Vehicle,
)
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
        storage_conditions=row.storage_conditions,
        supplier_id=row.supplier_id,
        **common_facts(row),
    )


def fitting(rows: ProductQuerySet, vehicle: Vehicle) -> ProductQuerySet:
    """Keep the products that fit a vehicle: one that names no engine fits every engine."""
    fits = Compatibility.objects.filter(make_key=searched(spelled(vehicle.make)))
    if vehicle.model is not None:
        fits = fits.filter(model_key=searched(spelled(vehicle.model)))
    if vehicle.year is not None:
        fits = fits.filter(year_from__lte=vehicle.year, year_to__gte=vehicle.year)
    if vehicle.engine is not None:
        fits = fits.filter(engine_key__in=["", searched(closed_up(vehicle.engine))])
    return rows.filter(pk__in=fits.values("product_id"))
