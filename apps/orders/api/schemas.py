from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Address, AddressChange, AddressView
from apps.core.context import PartyType, Principal
from apps.core.http.bodies import (
    Attributes,
    AttributesChange,
    Body,
    Code,
    DayText,
    MomentText,
    ProductCode,
    Text,
    Version,
    View,
)
from apps.core.http.money import Money, MoneyView
from apps.core.ids import encode_id
from apps.core.money import amount_text
from apps.core.structs import convert
from apps.core.times import rfc3339
from apps.inventory.api.bodies import Quantity, Unit
from apps.orders.models import Order
from apps.orders.types import OrderFacts, OrderLineFacts, OrderType

MAX_ITEMS = 500
Day = Annotated[date, msgspec.Meta(description="A day, in UTC.")]
PaymentStatus = Annotated[
    Literal["pending", "authorized", "paid", "partlyRefunded", "refunded", "failed"],
    msgspec.Meta(title="PaymentStatus"),
]
Priority = Annotated[
    int,
    msgspec.Meta(ge=0, le=100, description="Higher is served first, if the supplier's `backorderPolicy` says so."),
]
Items = Annotated[int, msgspec.Meta(ge=0)]
_STATUSES = {"x-extensible-enum": list(Order.STATUSES)}


class InstalmentBody(Body):
    """How much of a line is wanted on which day."""

    deliver_on: Day
    quantity: Quantity


class OrderedItemBody(Body):
    """What is ordered of a product. `backorder`: what is not in stock may wait, instead of being refused."""

    product_id: ProductCode
    quantity: Quantity
    unit_of_measure: Unit | None = None
    price: Money | None = None
    backorder: bool = False
    delivery_schedule: Annotated[list[InstalmentBody], msgspec.Meta(max_length=52)] = []


class OrderCreate(Body):
    type: OrderType
    supplier_id: Code
    items: Annotated[list[OrderedItemBody], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)]
    order_id: Code | None = None
    retail_partner_id: Annotated[
        Code | None, msgspec.Meta(description="Whose order it is. A retail partner's client orders for itself.")
    ] = None
    platform: Annotated[
        Code | None, msgspec.Meta(description="Where a sale was made; with `platformOrderNumber` recorded once.")
    ] = None
    platform_order_number: Text | None = None
    payment_status: PaymentStatus | None = None
    reference: Text | None = None
    priority: Priority = 0
    delivery_address: Address | None = None
    delivery_warehouse: Annotated[
        Code | None,
        msgspec.Meta(
            description="A warehouse of the retail partner: what arrives there becomes its own stock. A sale has none."
        ),
    ] = None
    requested_delivery_date: Day | None = None
    attributes: Attributes = {}


class OrderChange(Body):
    payment_status: PaymentStatus | None | UnsetType = UNSET
    reference: Text | None | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    delivery_address: AddressChange | None | UnsetType = UNSET
    requested_delivery_date: Day | None | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ConfirmedItemBody(Body):
    """What will be sent of a product, and when; without a quantity all that was ordered."""

    product_id: ProductCode
    quantity: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] | None = None
    unit_of_measure: Unit | None = None
    promised_date: Day | None = None


class OrderConfirm(Body):
    """What is not confirmed is given up; items that are not named are confirmed as ordered."""

    items: Annotated[list[ConfirmedItemBody], msgspec.Meta(max_length=MAX_ITEMS)] = []
    version: Version | UnsetType = UNSET


class CancelledItemBody(Body):
    """How much of a product is given up; without a quantity all that has not left."""

    product_id: ProductCode
    quantity: Quantity | None = None
    unit_of_measure: Unit | None = None


class OrderCancel(Body):
    """Without items all that has not left is given up."""

    items: Annotated[list[CancelledItemBody], msgspec.Meta(min_length=1, max_length=MAX_ITEMS)] | None = None
    reason: Text | None = None
    version: Version | UnsetType = UNSET


class InstalmentView(View):
    """How much, in base units, is wanted on which day."""

    deliver_on: DayText
    quantity: int


class OrderItemView(View):
    """One product of an order. Quantities count base units; `orderedQuantity` counts `unitOfMeasure`.

    Of `quantity`, `cancelledQuantity` was given up and `shippedQuantity` has left; the rest is `reservedQuantity` and
    `backorderedQuantity`. `receivedQuantity` (good) and `damagedQuantity` are the receiver's word.
    """

    product_id: str
    ordered_quantity: int
    unit_of_measure: str
    quantity: int
    backorder: bool
    price: MoneyView | None
    delivery_schedule: list[InstalmentView]
    promised_date: DayText | None
    confirmed_quantity: int | None
    reserved_quantity: Items
    backordered_quantity: Items
    cancelled_quantity: Items
    shipped_quantity: Items
    received_quantity: Items
    damaged_quantity: Items
    short_quantity: Items
    over_quantity: Items
    returned_quantity: Items


class OrderView(View):
    """An order, as both its parties and the tenant's staff see it."""

    order_id: str
    type: str
    status: Annotated[str, msgspec.Meta(extra_json_schema=_STATUSES)]
    supplier_id: str
    retail_partner_id: str | None
    platform: str | None
    platform_order_number: str | None
    payment_status: str | None
    reference: str | None
    priority: Annotated[int | None, msgspec.Meta(description="Null to a retail partner.")]
    delivery_address: AddressView | None
    delivery_warehouse: str | None
    requested_delivery_date: DayText | None
    reservation_id: str
    cancel_reason: str | None
    items: list[OrderItemView]
    attributes: dict[str, str]
    created_at: MomentText
    updated_at: MomentText
    confirmed_at: MomentText | None
    shipped_at: MomentText | None
    closed_at: MomentText | None
    version: int


class OrderPage(View):
    data: list[OrderView]
    next_page_token: str | None


def rendered_order(facts: OrderFacts, reader: Principal) -> OrderView:
    """Return the order as a reader sees it."""
    return OrderView(
        order_id=facts.order_id,
        type=facts.type,
        status=facts.status,
        supplier_id=facts.supplier_id,
        retail_partner_id=facts.retail_partner_id,
        platform=facts.platform,
        platform_order_number=facts.platform_order_number,
        payment_status=facts.payment_status,
        reference=facts.reference,
        # Who is served before whom is not a partner's to know.
        priority=None if reader.party is PartyType.RETAIL_PARTNER else facts.priority,
        delivery_address=convert(facts.delivery_address, AddressView) if facts.delivery_address else None,
        delivery_warehouse=facts.delivery_warehouse,
        requested_delivery_date=facts.requested_on.isoformat() if facts.requested_on else None,
        reservation_id=encode_id("res", facts.reservation_id),
        cancel_reason=facts.cancel_reason,
        items=[_item(line) for line in facts.items],
        attributes=facts.attributes,
        created_at=rfc3339(facts.created_at),
        updated_at=rfc3339(facts.updated_at),
        confirmed_at=rfc3339(facts.confirmed_at) if facts.confirmed_at else None,
        shipped_at=rfc3339(facts.shipped_at) if facts.shipped_at else None,
        closed_at=rfc3339(facts.closed_at) if facts.closed_at else None,
        version=facts.version,
    )


def _item(line: OrderLineFacts) -> OrderItemView:
    return OrderItemView(
        product_id=line.product_id,
        ordered_quantity=line.unit_quantity,
        unit_of_measure=line.unit,
        quantity=line.quantity,
        backorder=line.backorder,
        price=_price(line),
        delivery_schedule=[
            InstalmentView(deliver_on=each["deliverOn"], quantity=each["quantity"]) for each in line.schedule
        ],
        promised_date=line.promised_on.isoformat() if line.promised_on else None,
        confirmed_quantity=line.confirmed,
        reserved_quantity=line.held,
        backordered_quantity=line.waiting,
        cancelled_quantity=line.cancelled,
        shipped_quantity=line.shipped,
        received_quantity=line.received,
        damaged_quantity=line.damaged,
        short_quantity=line.short,
        over_quantity=line.over,
        returned_quantity=line.returned,
    )


def _price(line: OrderLineFacts) -> MoneyView | None:
    if line.price is None or line.currency is None:
        return None
    return MoneyView(amount=amount_text(Decimal(line.price), line.currency), currency_code=line.currency)
