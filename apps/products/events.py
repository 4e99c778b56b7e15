"""What is told of products. The facts are the product's, as its commands return them."""

from dataclasses import asdict

from apps.outbox.types import Event
from apps.products.types import ProductFacts

CREATED = "product.created"
UPDATED = "product.updated"


def product_created(product: ProductFacts) -> Event:
    """Tell that a product was created."""
    return Event(type=CREATED, subject=product.product_id, sequence=product.version, facts=asdict(product))


def product_updated(product: ProductFacts) -> Event:
    """Tell that a product was changed or replaced."""
    return Event(type=UPDATED, subject=product.product_id, sequence=product.version, facts=asdict(product))
