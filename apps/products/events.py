"""What is told of products. The facts are the product's, as its commands return them."""

from dataclasses import asdict
from typing import Any

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
        facts=_facts(certification),
    )


def product_created(product: ProductFacts) -> Event:
    """Tell that a product was created."""
    return Event(type=CREATED, subject=product.product_id, sequence=product.version, facts=_facts(product))


def product_updated(product: ProductFacts) -> Event:
    """Tell that a product was changed or replaced."""
    return Event(type=UPDATED, subject=product.product_id, sequence=product.version, facts=_facts(product))


def _facts(told: CertificationFacts | ProductFacts) -> dict[str, Any]:
    """Return facts with the product's code where filters of webhooks look for it, as in all other events."""
    return asdict(told) | {"productId": told.product_id}
