"""What is told of products. The facts are the product's, as its commands return them."""

from dataclasses import asdict

from apps.outbox.types import Event
from apps.products.types import CertificationFacts, CertificationStatus, ProductFacts

CREATED = "product.created"
UPDATED = "product.updated"

CERTIFICATION_EXPIRING = "product.certification_expiring"
CERTIFICATION_EXPIRED = "product.certification_expired"


def certification_told(certification: CertificationFacts) -> Event:
    """Tell that a certificate expires soon or has expired, as its status says."""
    expired = certification.status == CertificationStatus.EXPIRED
    return Event(
        type=CERTIFICATION_EXPIRED if expired else CERTIFICATION_EXPIRING,
        subject=f"{certification.product_id}/{certification.certification_id}",
        sequence=certification.version,
        facts=asdict(certification),
    )


def product_created(product: ProductFacts) -> Event:
    """Tell that a product was created."""
    return Event(type=CREATED, subject=product.product_id, sequence=product.version, facts=asdict(product))


def product_updated(product: ProductFacts) -> Event:
    """Tell that a product was changed or replaced."""
    return Event(type=UPDATED, subject=product.product_id, sequence=product.version, facts=asdict(product))
