"""What order commands take and return."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


class OrderType(StrEnum):
    """What kind of trade an order is."""

    REPLENISHMENT = "replenishment"
    PURCHASE = "purchase"
    SALE = "sale"


class ReturnType(StrEnum):
    """Why something came back: it was not wanted, or it did not hold."""

    RETURN = "return"
    WARRANTY_CLAIM = "warrantyClaim"


class OrderReturnDisposition(StrEnum):
    """What becomes of what came back."""

    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    BACK_TO_SUPPLIER = "backToSupplier"


@dataclass(frozen=True, slots=True)
class Instalment:
    """How much of a line is wanted on a day, in the line's unit."""

    deliver_on: date
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedItem:
    """A line to order: how much, in which unit, whether it may wait for stock."""

    product_id: str
    quantity: int
    unit: str | None
    backorder: bool
    price: tuple[Decimal, str] | None
    schedule: Sequence[Instalment]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order to place; without a code it gets one."""

    order_id: str | None
    type: OrderType
    supplier_id: str
    retail_partner_id: str | None
    items: Sequence[OrderedItem]
    platform: str | None
    platform_order_number: str | None
    payment_status: str | None
    reference: str | None
    priority: int
    delivery_address: dict[str, Any] | None
    delivery_warehouse_id: str | None
    requested_on: date | None
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class ConfirmedItem:
    """What a supplier says to a line: how much it will send, in base units, and when."""

    product_id: str
    quantity: int | None
    unit: str | None
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class CancelledItem:
    """How much of a line is given up; None: all that has not left."""

    product_id: str
    quantity: int | None
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedItem:
    """What came back of a product."""

    product_id: str
    batch_number: str | None
    quantity: int
    unit: str | None
    reason: str
    condition: str
    disposition: OrderReturnDisposition


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReturn:
    """Something that came back; without a code it gets one."""

    return_id: str | None
    type: ReturnType
    order_id: str
    warehouse_id: str
    items: Sequence[ReturnedItem]
    reference: str | None


class OrderLineFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A line of an order; quantities in base units. `held` and `waiting` are its reservation's."""

    product_id: str
    quantity: int
    unit: str
    unit_quantity: int
    backorder: bool
    price: str | None
    currency: str | None
    schedule: list[dict[str, Any]]
    promised_on: date | None
    confirmed: int | None
    held: int
    waiting: int
    cancelled: int
    shipped: int
    received: int
    damaged: int
    short: int
    over: int
    returned: int


class OrderFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """An order at one version."""

    order_id: str
    version: int
    status: str
    type: str
    supplier_id: str
    retail_partner_id: str | None
    platform: str | None
    platform_order_number: str | None
    payment_status: str | None
    reference: str | None
    priority: int
    delivery_address: dict[str, Any] | None
    delivery_warehouse: str | None
    requested_on: date | None
    reservation_id: UUID
    cancel_reason: str | None
    attributes: dict[str, str]
    created_at: datetime
    updated_at: datetime
    confirmed_at: datetime | None
    shipped_at: datetime | None
    closed_at: datetime | None
    items: list[OrderLineFacts]
    repeated: bool = False  # it was recorded before, under the platform's number


class ReturnLineFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """What came back of a product."""

    product_id: str
    batch: str | None
    quantity: int
    reason: str
    condition: str
    disposition: str
    taken_from_partner: bool


class ReturnFacts(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A return as it was recorded."""

    return_id: str
    version: int
    status: str
    type: str
    order_id: str
    supplier_id: str
    retail_partner_id: str | None
    warehouse: str
    reference: str | None
    created_at: datetime
    items: list[ReturnLineFacts]
