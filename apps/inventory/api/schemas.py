"""Stock as /v1 shows it. The contract's names live here and nowhere else; one function renders for each party."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.context import PartyType, Principal
from apps.core.http.bodies import MomentText, View
from apps.core.ids import encode_id
from apps.core.times import rfc3339
from apps.inventory.domain.availability import available, offered, offered_until, stock_status
from apps.inventory.types import ItemFacts, LevelFacts, MovementFacts, OfferTerms
from apps.transactions.api.schemas import TransactionView, booked_quantity, render_transaction
from apps.transactions.types import TransactionFacts


class LevelView(View):
    """What lies in one place."""

    warehouse_location: str
    batch_number: str | None
    expiration_date: MomentText | None
    inventory_level: int
    reserved_quantity: int
    on_hold_quantity: int
    available_quantity: int
    owner: str
    held: bool


class ArrivalView(View):
    """What is under way to the item, and when it is expected."""

    quantity: int
    expected_at: MomentText | None
    source: str


class ItemView(View):
    """An item as the tenant, its supplier, and a retail partner (of its own item) see it."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    inventory_level: int
    reserved_quantity: int
    on_hold_quantity: int
    available_quantity: int
    incoming_quantity: int
    incoming: list[ArrivalView]
    stock_status: str
    lead_time_days: int | None
    reorder_threshold: int | None
    reorder_thresholds: dict[str, int]
    warehouse_location: str | None
    batch_number: str | None
    expiration_date: MomentText | None
    last_updated: MomentText
    version: int
    attributes: dict[str, str]
    levels: list[LevelView]


class OfferedBatchView(View):
    """A batch that a retail partner may buy of."""

    batch_number: str
    expiration_date: MomentText | None
    available_quantity: int


class OfferedItemView(View):
    """An item that is shared with a retail partner: what it may buy, and nothing of anybody else's numbers."""

    supplier_id: str
    product_id: str
    available_quantity: int
    stock_status: str
    lead_time_days: int | None
    batch_number: str | None
    expiration_date: MomentText | None
    last_updated: MomentText
    version: int
    batches: list[OfferedBatchView]


AnyItemView = Annotated[
    ItemView | OfferedItemView,
    msgspec.Meta(title="AnyItemView", description="An item as the caller's party sees it."),
]


class ItemPage(View):
    data: list[AnyItemView]
    next_page_token: str | None


class VariantStockView(View):
    """Stock of one variant of a product group: what tells it from the others, and the item."""

    variant: Annotated[dict[str, str], msgspec.Meta(description="Its values of what the group varies by.")]
    item: AnyItemView


class VariantStockPage(View):
    data: list[VariantStockView]
    next_page_token: str | None


class OfferedTransactionView(View):
    """A booking on shared stock as the retail partner that caused it sees it."""

    transaction_id: str
    supplier_id: str
    product_id: str
    type: str
    quantity: int
    reservation_id: str | None
    reference: str | None
    occurred_at: MomentText
    recorded_at: MomentText


AnyTransactionView = Annotated[
    TransactionView | OfferedTransactionView,
    msgspec.Meta(title="AnyTransactionView", description="A booking as the caller's party sees it."),
]


_REVIEWED = "Where a source's count was not believed: the review that records it. Nothing was booked."


class MovementView(View):
    """What a movement left behind."""

    item: AnyItemView
    transactions: list[AnyTransactionView]
    reservation_id: str | None
    review_id: Annotated[str, msgspec.Meta(description=_REVIEWED)] | UnsetType = UNSET


def render_item(facts: ItemFacts, reader: Principal, terms: OfferTerms | None, *, at: datetime) -> AnyItemView:
    """Return the item as the reader sees it at a moment; `terms` are those of a retail partner."""
    return render_item_part(facts, facts.levels, reader, terms, at=at)


def render_item_part(
    facts: ItemFacts, levels: Sequence[LevelFacts], reader: Principal, terms: OfferTerms | None, *, at: datetime
) -> AnyItemView:
    """Return the item with only some of its levels shown; its totals stay those of all."""
    if sees_all(facts, reader):
        return _full(facts, levels, at)
    return _offered(facts, reader.party_id, terms or OfferTerms(), at)


def render_movement(facts: MovementFacts, reader: Principal) -> dict[str, object]:
    """Return what a movement left behind: a pure function of its facts and the reader, so a replay is the same."""
    see_all = sees_all(facts.item, reader)
    return {
        "item": render_item(facts.item, reader, facts.terms, at=facts.at),
        "transactions": [
            render_transaction(booked) if see_all else _offered_transaction(booked) for booked in facts.transactions
        ],
        **({"reviewId": encode_id("rev", facts.review_id)} if facts.review_id else {}),
        "reservationId": encode_id("res", facts.reservation_id) if facts.reservation_id else None,
    }


def _offered_transaction(facts: TransactionFacts) -> OfferedTransactionView:
    return OfferedTransactionView(
        transaction_id=encode_id("txn", facts.id),
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        type=facts.type,
        quantity=booked_quantity(facts),
        reservation_id=encode_id("res", facts.reservation_id) if facts.reservation_id else None,
        reference=facts.reference,
        occurred_at=rfc3339(facts.occurred_at),
        recorded_at=rfc3339(facts.recorded_at),
    )


def sees_all(facts: ItemFacts, reader: Principal) -> bool:
    """True for everybody but a retail partner looking at stock that is not its own."""
    return reader.party is not PartyType.RETAIL_PARTNER or facts.retail_partner_id == reader.party_id


def _full(facts: ItemFacts, levels: Sequence[LevelFacts], at: datetime) -> ItemView:
    quantity = available(facts.levels, at=at)
    only = levels[0] if len(levels) == 1 else None
    return ItemView(
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        retail_partner_id=facts.retail_partner_id,
        inventory_level=facts.on_hand,
        reserved_quantity=facts.reserved,
        on_hold_quantity=facts.on_hold,
        available_quantity=quantity,
        incoming_quantity=facts.incoming,
        incoming=[
            ArrivalView(quantity=each.quantity, expected_at=_moment(each.expected_at), source=each.source)
            for each in facts.arrivals
        ],
        stock_status=stock_status(quantity, facts.reorder_threshold),
        lead_time_days=facts.lead_time_days,
        reorder_threshold=facts.reorder_threshold,
        reorder_thresholds=facts.reorder_thresholds,
        warehouse_location=only.warehouse if only else None,
        batch_number=only.batch if only else None,
        expiration_date=_moment(only.expires_at) if only else None,
        last_updated=rfc3339(facts.updated_at),
        version=facts.version,
        attributes=facts.attributes,
        levels=[_level(level, at) for level in levels],
    )


def _level(level: LevelFacts, at: datetime) -> LevelView:
    return LevelView(
        warehouse_location=level.warehouse,
        batch_number=level.batch,
        expiration_date=_moment(level.expires_at),
        inventory_level=level.on_hand,
        reserved_quantity=level.reserved,
        on_hold_quantity=level.on_hold,
        available_quantity=available([level], at=at),
        owner=level.owner,
        held=level.held,
    )


def _offered(facts: ItemFacts, partner: str, terms: OfferTerms, at: datetime) -> OfferedItemView:
    quantity, until = offered(facts, partner, terms, at=at), offered_until(terms, at=at)
    batches: dict[str, OfferedBatchView] = {}
    for level in facts.levels:
        free = min(quantity, available([level], at=until))
        if level.batch is None or free <= 0:
            continue
        known = batches.get(level.batch)
        free += known.available_quantity if known else 0
        batches[level.batch] = OfferedBatchView(
            batch_number=level.batch, expiration_date=_moment(level.expires_at), available_quantity=min(quantity, free)
        )
    only = next(iter(batches.values())) if len(batches) == 1 else None
    return OfferedItemView(
        supplier_id=facts.supplier_id,
        product_id=facts.product_id,
        available_quantity=quantity,
        stock_status=stock_status(quantity, facts.reorder_threshold),
        lead_time_days=facts.lead_time_days,
        batch_number=only.batch_number if only else None,
        expiration_date=only.expiration_date if only else None,
        last_updated=rfc3339(facts.updated_at),
        version=facts.version,
        batches=list(batches.values()),
    )


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
