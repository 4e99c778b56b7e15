"""Events of shipments and discrepancies: as the document shows them, and as one reader sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from apps.core.context import Principal
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.orders.queries import may_see
from apps.outbox.types import LoggedEvent
from apps.shipments.api.discrepancy_schemas import ShipmentDiscrepancyView, rendered_discrepancy
from apps.shipments.api.schemas import ShipmentView, rendered_shipment
from apps.shipments.types import DiscrepancyFacts, ShipmentFacts


class ShipmentCreatedEvent(EventView):
    """A shipment was packed: the advance notice of what will come."""

    type: Literal["shipment.created"]
    data: ShipmentView


class ShipmentUpdatedEvent(EventView):
    """A shipment's carrier, tracking number or expected arrival changed, or part of it arrived."""

    type: Literal["shipment.updated"]
    data: ShipmentView


class ShipmentDispatchedEvent(EventView):
    """A shipment has left."""

    type: Literal["shipment.dispatched"]
    data: ShipmentView


class ShipmentDeliveredEvent(EventView):
    """Nothing of a shipment is under way any more."""

    type: Literal["shipment.delivered"]
    data: ShipmentView


class ShipmentCancelledEvent(EventView):
    """A shipment was unpacked before it left."""

    type: Literal["shipment.cancelled"]
    data: ShipmentView


class DiscrepancyOpenedEvent(EventView):
    """What was received is not what was sent."""

    type: Literal["discrepancy.opened"]
    data: ShipmentDiscrepancyView


class DiscrepancyResolvedEvent(EventView):
    """The sender has accepted or rejected what the receiver said."""

    type: Literal["discrepancy.resolved"]
    data: ShipmentDiscrepancyView


def render_shipments(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[ShipmentView | None]:
    """Return each event's shipment as it was then; None where it is not the reader's to see."""
    del now  # whose a shipment is never changes
    return [_shipment(convert(event.facts["shipment"], ShipmentFacts, strict=False), reader) for event in events]


def render_discrepancies(
    events: Sequence[LoggedEvent], reader: Principal, now: datetime
) -> list[ShipmentDiscrepancyView | None]:
    """Return each event's discrepancy; None where it is not the reader's to see."""
    del now
    return [
        _discrepancy(convert(event.facts["discrepancy"], DiscrepancyFacts, strict=False), reader) for event in events
    ]


def _shipment(facts: ShipmentFacts, reader: Principal) -> ShipmentView | None:
    return rendered_shipment(facts, reader) if may_see(reader, facts.supplier_id, facts.retail_partner_id) else None


def _discrepancy(facts: DiscrepancyFacts, reader: Principal) -> ShipmentDiscrepancyView | None:
    return rendered_discrepancy(facts) if may_see(reader, facts.supplier_id, facts.retail_partner_id) else None
