"""What `data` of a product's events is to one reader (registered in config.composition)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apps.core.context import Principal
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.outbox.types import LoggedEvent
from apps.products.api.schemas import ProductView, rendered
from apps.products.models import Product
from apps.products.types import ProductFacts


class ProductCreatedEvent(EventView):
    """A product was created."""

    type: Literal["product.created"]
    data: ProductView


class ProductUpdatedEvent(EventView):
    """A product was changed."""

    type: Literal["product.updated"]
    data: ProductView


def render_products(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[ProductView | None]:
    """Return each event's product as it was then; None where the reader may not see the product now."""
    subjects = {event.subject for event in events}
    visible = set(Product.objects.visible_to(reader, now.date()).filter(pk__in=subjects).values_list("pk", flat=True))
    return [rendered(convert(event.facts, ProductFacts)) if event.subject in visible else None for event in events]
