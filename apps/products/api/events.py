"""What `data` of a product's events is to one reader (registered in config.composition)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apps.core.context import Principal
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.outbox.types import LoggedEvent
from apps.products.api.certification_schemas import CertificationView, rendered_certification
from apps.products.api.schemas import ProductView, rendered
from apps.products.models import Product
from apps.products.types import CertificationFacts, ProductFacts


class ProductCreatedEvent(EventView):
    """A product was created."""

    type: Literal["product.created"]
    data: ProductView


class ProductUpdatedEvent(EventView):
    """A product was changed."""

    type: Literal["product.updated"]
    data: ProductView


class CertificationExpiringEvent(EventView):
    """A certificate of a product expires soon."""

    type: Literal["product.certification_expiring"]
    data: CertificationView


class CertificationExpiredEvent(EventView):
    """A certificate of a product has expired."""

    type: Literal["product.certification_expired"]
    data: CertificationView


def render_certifications(
    events: Sequence[LoggedEvent], reader: Principal, now: datetime
) -> list[CertificationView | None]:
    """Return each event's certificate as it was then; None where the reader may not see the product now."""
    told = [convert(event.facts, CertificationFacts) for event in events]
    visible = _visible({facts.product_id for facts in told}, reader, now)
    return [rendered_certification(facts) if facts.product_id in visible else None for facts in told]


def render_products(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[ProductView | None]:
    """Return each event's product as it was then; None where the reader may not see the product now."""
    visible = _visible({event.subject for event in events}, reader, now)
    return [rendered(convert(event.facts, ProductFacts)) if event.subject in visible else None for event in events]


def _visible(codes: set[str], reader: Principal, now: datetime) -> set[str]:
    rows = Product.objects.visible_to(reader, now.date()).filter(pk__in=codes)
    return set(rows.values_list("pk", flat=True))
