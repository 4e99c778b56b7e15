"""Movements as commands take them, and stock as facts: what the kernel returns and every rendering starts from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from apps.core.preconditions import ExpectedVersion
from apps.transactions.types import TransactionFacts


class MovementType(StrEnum):
    """The kinds of movement; what each does stands in `domain/movements.py`."""

    RECEIPT = "receipt"
    SALE = "sale"
    RESERVATION = "reservation"
    RELEASE = "release"
    SHIPMENT = "shipment"
    RETURN = "return"
    DAMAGE = "damage"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    COUNT = "count"


class Disposition(StrEnum):
    """What becomes of damaged or returned stock."""

    HOLD = "hold"
    SCRAP = "scrap"
    RESTOCK = "restock"
    QUARANTINE = "quarantine"


class StockStatus(StrEnum):
    """Availability in a word."""

    IN_STOCK = "inStock"
    LOW_STOCK = "lowStock"
    OUT_OF_STOCK = "outOfStock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One movement of one item. None leaves the choice to the kernel's rules.

    `quantity` counts `unit`, of which the kernel makes base units; without one it counts base units.
    """

    type: MovementType
    supplier_id: str
    product_id: str
    retail_partner_id: str | None = None
    quantity: int | None = None
    unit: str | None = None
    warehouse_id: str | None = None
    batch_number: str | None = None
    expires_at: datetime | None = None
    to_warehouse_id: str | None = None
    reservation_id: UUID | None = None
    reservation_expires_at: datetime | None = None
    disposition: Disposition | None = None
    reference: str | None = None
    reason: str | None = None
    occurred_at: datetime | None = None
    counted_at: datetime | None = None
    beneficiary_id: str | None = None
    source: str | None = None
    expected: ExpectedVersion | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """What a PATCH sets of an item: an absolute level, and settings where they are named."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    expected: ExpectedVersion | None
    inventory_level: int | None
    warehouse_id: str | None
    batch_number: str | None
    settings: dict[str, Any]


class LevelFacts(msgspec.Struct, rename="camel", frozen=True):
    """What lies in one place."""

    warehouse: str
    owner: str
    batch: str | None
    expires_at: datetime | None
    on_hand: int
    reserved: int
    on_hold: int
    held: bool = False


class ArrivalFacts(msgspec.Struct, rename="camel", frozen=True):
    """What is under way from one source."""

    quantity: int
    expected_at: datetime | None
    source: str


class PoolFacts(msgspec.Struct, rename="camel", frozen=True):
    """A guaranteed share; `open` is neither sold nor held."""

    id: UUID
    retail_partner: str | None
    channel: str | None
    quantity: int
    sold: int
    held: int
    open: int
    borrowable_until: datetime | None
    ends_at: datetime | None


class OfferTerms(msgspec.Struct, rename="camel", frozen=True):
    """What a retail partner is offered by: the days that a batch must still last, and its channel."""

    shelf_life_days: int = 0
    channel: str | None = None


class ItemFacts(msgspec.Struct, rename="camel", frozen=True):
    """An item at one version."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    version: int
    on_hand: int
    reserved: int
    on_hold: int
    lead_time_days: int | None
    reorder_threshold: int | None
    attributes: dict[str, str]
    updated_at: datetime
    levels: list[LevelFacts]
    incoming: int = 0
    arrivals: list[ArrivalFacts] = []
    pools: list[PoolFacts] = []
    reorder_thresholds: dict[str, int] = {}


class MovementFacts(msgspec.Struct, rename="camel", frozen=True):
    """What one movement left behind; `at` is the moment from which its answer is rendered, replays included."""

    item: ItemFacts
    transactions: list[TransactionFacts]
    reservation_id: UUID | None
    at: datetime
    review_id: UUID | None = None
    terms: OfferTerms | None = None


class LineResult(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What became of one line of a list: `facts` where it was posted (now or under its key before), or a refusal."""

    status: str
    facts: msgspec.Raw = msgspec.Raw(b"{}")
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscrepancyFacts:
    """A place where the books do not balance: what they say, and what follows from the rest."""

    where: str
    stated: str
    calculated: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """One rule of the books: in how many places it does not hold, and the first of them."""

    rule: str
    wrong: int
    discrepancies: list[DiscrepancyFacts]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityFacts:
    """What one check of a tenant's books found."""

    checked_at: str
    balanced: bool
    rules: list[RuleFacts]


class BatchMode(StrEnum):
    """Whether a list is one change or many."""

    ATOMIC = "atomic"
    PARTIAL = "partial"


class ParkedFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A parked movement as a command leaves it; `problem` has code, facts and errors of the refusal.

    A count that contradicts another source is booked by its review, `review_id`.
    """

    parked_movement_id: UUID
    status: str
    party_type: str
    party_id: str
    partner_sku: str
    movement: dict[str, Any]
    product_id: str | None
    transaction_ids: list[UUID]
    review_id: UUID | None = None
    problem: dict[str, Any] | None
    version: int
    created_at: str
    updated_at: str


class PostedOrParked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a movement whose product was named by a code of the caller's own: one of the two."""

    posted: MovementFacts | None = None
    parked: ParkedFacts | None = None


class BatchResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one line of a batch: it was posted, parked or refused."""

    facts: MovementFacts | None = None
    parked: ParkedFacts | None = None
    code: str | None = None
    refusal: dict[str, Any] | None = None
    errors: list[dict[str, str]] = []


class BatchFacts(msgspec.Struct, frozen=True):
    """The results of a batch, a line each."""

    results: list[BatchResult]


class ReservationStatus(StrEnum):
    """What a reservation, or its part about one item, is."""

    HELD = "held"
    RELEASED = "released"
    EXPIRED = "expired"
    COMMITTED = "committed"
    DISPLACED = "displaced"


class ReservedItemFacts(msgspec.Struct, rename="camel", frozen=True):
    """The part of a reservation that is about one item. Quantities in base units."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    state: str
    requested: int
    quantity: int
    remaining: int
    committed: int
    displaced: int
    waiting: int = 0  # will be held when there is stock


class ReservationFacts(msgspec.Struct, rename="camel", frozen=True):
    """A reservation at one version; whether it has lapsed is judged at `at`, by whoever renders it."""

    reservation_id: UUID
    version: int
    reference: str | None
    expires_at: datetime | None
    created_at: datetime
    party: str
    party_id: str
    beneficiary_id: str | None
    items: list[ReservedItemFacts]
    at: datetime | None = None
    unfilled: list["UnfilledFacts"] = []


class UnfilledFacts(msgspec.Struct, rename="camel", frozen=True):
    """A line of which nothing could be held."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    requested: int
    available: int


class ReservationMode(StrEnum):
    """Whether a reservation holds everything or what there is."""

    ALL = "all"
    PARTIAL = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReservation:
    """Movements of type reservation that are one lease."""

    movements: tuple[Movement, ...]
    mode: ReservationMode


@dataclass(frozen=True, slots=True)
class CommittedItem:
    """How much of one item to commit; None: all that is held of it."""

    supplier_id: str
    product_id: str
    retail_partner_id: str | None
    quantity: int | None
    unit: str | None
