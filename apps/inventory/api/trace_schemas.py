"""A batch's trace as /v1 shows it."""

from datetime import datetime

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import MomentText, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.inventory.queries.batch_trace import ReservationOfBatch, TraceFacts
from apps.transactions.api.schemas import TransactionView, render_transaction


class TracedPartyView(View):
    """Somebody who has the batch: the house (null), or a retail partner."""

    retail_partner_id: str | None
    inventory_level: int
    expiration_date: MomentText | None
    held: bool
    hold_reason: str | None
    held_at: MomentText | None


class TracedLevelView(View):
    """What of the batch lies in one place."""

    retail_partner_id: str | None
    warehouse_location: str
    owner: str
    inventory_level: int
    reserved_quantity: int
    on_hold_quantity: int


class TraceTotalsView(View):
    """received + returned - sold - shipped - damaged + adjusted + transferred = inventoryLevel."""

    received_quantity: int
    returned_quantity: int
    sold_quantity: int
    shipped_quantity: int
    damaged_quantity: int
    adjusted_quantity: int
    transferred_quantity: int
    inventory_level: int


class TracedReservationView(View):
    """A reservation that holds of the batch, or held of it."""

    reservation_id: str
    retail_partner_id: str | None
    for_retail_partner_id: str | None
    reserved_quantity: int
    held_quantity: int
    shipped_quantity: int
    displaced_quantity: int


class TracedPartnerView(View):
    """A retail partner that got of the batch: into its own stock, or straight out of the house.

    What was sent and not delivered is under way, or was lost there.
    """

    retail_partner_id: str
    sent_quantity: int
    delivered_quantity: int
    taken_quantity: int
    inventory_level: int


class BatchTraceView(View):
    """Where a batch came from, where it went and where it lies; movements and reservations newest first."""

    supplier_id: str
    product_id: str
    batch_number: str
    parties: list[TracedPartyView]
    levels: list[TracedLevelView]
    totals: TraceTotalsView
    reservations: list[TracedReservationView]
    reservation_count: int
    partners: list[TracedPartnerView]
    movements: list[TransactionView]
    movement_count: int


def rendered_trace(
    facts: TraceFacts, reader: Principal, *, supplier_id: str, product_id: str, number: str
) -> BatchTraceView:
    """Return the trace as the reader sees it: who a supplier's stock went to is the tenant's to tell."""
    staff = reader.party is PartyType.TENANT
    return BatchTraceView(
        supplier_id=supplier_id,
        product_id=product_id,
        batch_number=number,
        parties=_parties(facts),
        levels=_levels(facts),
        totals=_totals(facts),
        reservations=[_reservation(each, reader) for each in facts.reservations],
        reservation_count=facts.reservation_count,
        partners=_partners(facts) if staff else [],
        movements=[render_transaction(booked) for booked in facts.movements],
        movement_count=facts.movement_count,
    )


def _parties(facts: TraceFacts) -> list[TracedPartyView]:
    return [
        TracedPartyView(
            retail_partner_id=each.partner,
            inventory_level=each.on_hand,
            expiration_date=_moment(each.expires_at),
            held=each.held,
            hold_reason=each.reason,
            held_at=_moment(each.held_at),
        )
        for each in facts.parties
    ]


def _levels(facts: TraceFacts) -> list[TracedLevelView]:
    return [
        TracedLevelView(
            retail_partner_id=each.partner,
            warehouse_location=each.warehouse,
            owner=each.owner,
            inventory_level=each.on_hand,
            reserved_quantity=each.reserved,
            on_hold_quantity=each.on_hold,
        )
        for each in facts.levels
    ]


def _totals(facts: TraceFacts) -> TraceTotalsView:
    totals = facts.totals
    return TraceTotalsView(
        received_quantity=totals.received,
        returned_quantity=totals.returned,
        sold_quantity=totals.sold,
        shipped_quantity=totals.shipped,
        damaged_quantity=totals.damaged,
        adjusted_quantity=totals.adjusted,
        transferred_quantity=totals.transferred,
        inventory_level=totals.on_hand,
    )


def _reservation(each: ReservationOfBatch, reader: Principal) -> TracedReservationView:
    named = reader.party is PartyType.TENANT or each.taker == reader.party_id
    return TracedReservationView(
        reservation_id=encode_id("res", each.id),
        retail_partner_id=each.partner,
        for_retail_partner_id=each.taker if named else None,
        reserved_quantity=each.reserved,
        held_quantity=each.held,
        shipped_quantity=each.shipped,
        displaced_quantity=each.displaced,
    )


def _partners(facts: TraceFacts) -> list[TracedPartnerView]:
    return [
        TracedPartnerView(
            retail_partner_id=each.partner,
            sent_quantity=each.sent,
            delivered_quantity=each.delivered,
            taken_quantity=each.taken,
            inventory_level=each.on_hand,
        )
        for each in facts.partners
    ]


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
