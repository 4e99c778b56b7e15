from datetime import date, timedelta

from django.conf import settings
from django.db.models import QuerySet

from apps.core.context import CallContext
from apps.core.times import rfc3339
from apps.products.models import (
    Certification,
    Product,
)
from apps.products.queries.products import products
from apps.products.types import (
    CertificationFacts,
    CertificationStatus,
)
from apps.tenancy.queries import found


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
