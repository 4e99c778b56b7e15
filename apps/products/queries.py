from collections.abc import Iterable
from datetime import date, timedelta

from django.conf import settings
from django.db.models import QuerySet

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.ids import decode_id
from apps.core.spelling import closed_up, searched, spelled
from apps.core.times import rfc3339
from apps.products.models import Certification, Compatibility, Packaging, Product, ProductGroup
from apps.products.models.product import ProductQuerySet
from apps.products.models.product_group import ProductGroupQuerySet
from apps.products.types import (
    COMPATIBILITY_PREFIX,
    CertificationFacts,
    CertificationStatus,
    CompatibilityFacts,
    PackagingFacts,
    ProductFacts,
    ProductGroupFacts,
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


def certifications(ctx: CallContext, product_id: str) -> QuerySet[Certification]:
    """Return the certificates of one product. Raises NotFound where the product is absent or invisible."""
    return certifications_of(found(products(ctx), product_id))


def certifications_of(product: Product) -> QuerySet[Certification]:
    """Return the certificates of a product that was read already."""
    return Certification.objects.filter(tenant_id=product.tenant_id, product_id=product.pk)


def certification_facts(row: Certification, today: date) -> CertificationFacts:
    """Return a row as facts of a day."""
    return CertificationFacts(
        certification_id=row.pk,
        product_id=row.product_id,
        scheme=row.scheme,
        issuer=row.issuer,
        number=row.number,
        valid_from=row.valid_from.isoformat() if row.valid_from else None,
        valid_to=row.valid_to.isoformat() if row.valid_to else None,
        document_url=row.document_url,
        status=_status_of(row, today),
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )


def _status_of(row: Certification, today: date) -> CertificationStatus:
    if row.valid_to is not None and row.valid_to < today:
        return CertificationStatus.EXPIRED
    if row.valid_from is not None and row.valid_from > today:
        return CertificationStatus.NOT_YET_VALID
    soon = today + timedelta(days=settings.CERTIFICATION_EXPIRING_DAYS)
    if row.valid_to is not None and row.valid_to <= soon:
        return CertificationStatus.EXPIRING
    return CertificationStatus.VALID


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
