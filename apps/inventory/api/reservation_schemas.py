"""Reservations as /v1 takes and shows them."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import Body, Code, Moment, MomentText, ProductCode, Text, Version, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Beneficiary, Quantity, Unit
from apps.inventory.domain.reserved import item_status, reservation_status
from apps.inventory.queries.reservations import items_for
from apps.inventory.types import ReservationFacts, ReservationMode, ReservedItemFacts

_MAX_ITEMS = 100


class ReservedLine(Body):
    """One item to hold stock of."""

    supplier_id: Code
    product_id: ProductCode
    quantity: Quantity
    unit_of_measure: Unit | None = None
    retail_partner_id: Code | None = None
    warehouse_location: Code | None = None
    batch_number: Code | None = None


class ReservationCreate(Body):
    """What to hold, until when, and for whom."""

    items: Annotated[list[ReservedLine], msgspec.Meta(min_length=1, max_length=_MAX_ITEMS)]
    expires_at: Moment | None = None
    mode: ReservationMode = ReservationMode.ALL
    reference: Text | None = None
    for_retail_partner_id: Beneficiary = None


class Extension(Body):
    """Until when a reservation is to be held instead."""

    expires_at: Moment
    version: Version | UnsetType = UNSET


class CommittedLine(Body):
    """How much of one item is shipped; without a quantity all that is held of it."""

    supplier_id: Code
    product_id: ProductCode
    retail_partner_id: Code | None = None
    quantity: Quantity | None = None
    unit_of_measure: Unit | None = None


class Commitment(Body):
    """What of a reservation is shipped; without items all that it holds."""

    items: Annotated[list[CommittedLine], msgspec.Meta(min_length=1, max_length=_MAX_ITEMS)] | None = None
    version: Version | UnsetType = UNSET


class ReservedItemView(View):
    """The part about one item: what was asked for, what was ever held, and what became of it.

    `waitingQuantity` is an order's back-order: it will be held as soon as there is stock. What was displaced and is
    held again counts twice in `quantity`, once of it in `displacedQuantity`.
    """

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    status: str
    requested_quantity: int
    quantity: int
    held_quantity: int
    committed_quantity: int
    displaced_quantity: int
    waiting_quantity: int


class UnfilledView(View):
    """A line of which nothing could be held."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    requested_quantity: int
    available_quantity: int


class ReservationView(View):
    """A reservation; `held` while anything of it is held or waited for."""

    reservation_id: str
    status: str
    reference: str | None
    for_retail_partner_id: str | None
    expires_at: MomentText | None
    created_at: MomentText
    version: int
    items: list[ReservedItemView]


class NewReservationView(ReservationView):
    """A reservation as it was made; `unfilled` has the lines of which there was nothing."""

    unfilled: list[UnfilledView]


class ReservationPage(View):
    data: list[ReservationView]
    next_page_token: str | None


def rendered_reservation(facts: ReservationFacts, reader: Principal, *, at: datetime) -> ReservationView:
    """Return a reservation as the reader sees it at a moment."""
    return ReservationView(**_members(facts, reader, at))


def rendered_new_reservation(facts: ReservationFacts, reader: Principal) -> NewReservationView:
    """Return a reservation as the call that made it left it."""
    unfilled = [
        UnfilledView(
            supplier_id=line.supplier_id,
            product_id=line.product_id,
            retail_partner_id=line.retail_partner_id,
            requested_quantity=line.requested,
            available_quantity=line.available,
        )
        for line in facts.unfilled
    ]
    return NewReservationView(**_members(facts, reader, facts.at or facts.created_at), unfilled=unfilled)


def _members(facts: ReservationFacts, reader: Principal, at: datetime) -> dict[str, Any]:
    return {
        "reservation_id": encode_id("res", facts.reservation_id),
        "status": reservation_status(facts, at=at),
        "reference": facts.reference,
        # Who sells a supplier's stock is the tenant's to know.
        "for_retail_partner_id": None if reader.party is PartyType.SUPPLIER else facts.beneficiary_id,
        "expires_at": rfc3339(facts.expires_at) if facts.expires_at else None,
        "created_at": rfc3339(facts.created_at),
        "version": facts.version,
        "items": [_item(facts, item, at) for item in items_for(facts, reader)],
    }


def _item(facts: ReservationFacts, item: ReservedItemFacts, at: datetime) -> ReservedItemView:
    status = item_status(facts, item, at=at)
    return ReservedItemView(
        supplier_id=item.supplier_id,
        product_id=item.product_id,
        retail_partner_id=item.retail_partner_id,
        status=status,
        requested_quantity=item.requested,
        quantity=item.quantity,
        held_quantity=item.remaining if status == "held" else 0,
        committed_quantity=item.committed,
        displaced_quantity=item.displaced,
        waiting_quantity=item.waiting,
    )
