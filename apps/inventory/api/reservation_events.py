"""Events of reservations: as documented, and as one reader sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import View
from apps.core.http.event_views import EventView
from apps.core.structs import convert
from apps.inventory.api.reservation_schemas import ReservationView, rendered_reservation
from apps.inventory.types import ReservationFacts
from apps.outbox.types import LoggedEvent


class ChangedItemView(View):
    """How much of one item it happened to."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    quantity: int


class ChangedReservationView(ReservationView):
    """The reservation, and how much of which items the event is about."""

    changed: list[ChangedItemView]


class ReservationCreatedEvent(EventView):
    """Stock is held for somebody."""

    type: Literal["reservation.created"]
    data: ChangedReservationView


class ReservationReleasedEvent(EventView):
    """Stock that was held has been given back."""

    type: Literal["reservation.released"]
    data: ChangedReservationView


class ReservationExpiredEvent(EventView):
    """Stock that was held has been taken back, because the reservation lapsed."""

    type: Literal["reservation.expired"]
    data: ChangedReservationView


class ReservationCommittedEvent(EventView):
    """Stock that was held has been shipped."""

    type: Literal["reservation.committed"]
    data: ChangedReservationView


class ReservationDisplacedEvent(EventView):
    """Stock that was held is not there any more: a count, a damage, a hold or the expiry of its batch."""

    type: Literal["reservation.displaced"]
    data: ChangedReservationView


class ReservationFilledEvent(EventView):
    """What an order waited for is held for it: there is stock."""

    type: Literal["reservation.filled"]
    data: ChangedReservationView


def render_reservations(events: Sequence[LoggedEvent], reader: Principal, now: datetime) -> list[Any]:
    """Render events of reservations; None where no part of it is the reader's to see."""
    return [_data(event, reader, now) for event in events]


def _data(event: LoggedEvent, reader: Principal, now: datetime) -> dict[str, Any] | None:
    facts = convert(event.facts["reservation"], ReservationFacts, strict=False)
    if reader.party is PartyType.RETAIL_PARTNER and not _is_its_own(facts, reader):
        return None
    shown = rendered_reservation(facts, reader, at=min(now, event.occurred_at))
    if not shown.items:
        return None
    data: dict[str, Any] = msgspec.to_builtins(shown)
    seen = {(item.supplier_id, item.product_id, item.retail_partner_id) for item in shown.items}
    data["changed"] = [
        each
        for each in event.facts["changed"]
        if (each["supplierId"], each["productId"], each["retailPartnerId"]) in seen
    ]
    return data


def _is_its_own(facts: ReservationFacts, reader: Principal) -> bool:
    return facts.beneficiary_id == reader.party_id or any(
        item.retail_partner_id == reader.party_id for item in facts.items
    )
