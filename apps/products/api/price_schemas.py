from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from apps.access.api.schemas import Status
from apps.core.http.bodies import Attributes, AttributesChange, Body, Code, MomentText, ProductCode, Version, View
from apps.core.http.money import Money, MoneyView
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.core.structs import convert
from apps.products.models import Price
from apps.products.queries.prices import price_facts
from apps.products.types import PriceFacts

Channel = Annotated[
    str, msgspec.Meta(min_length=1, max_length=255, description="The way of selling for which it holds; null: every.")
]
Region = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=64, description="Where it holds, in the tenant's own words; null: anywhere."),
]
PartnerCode = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$",
        description="The retail partner for whom it holds; null: for every one.",
    ),
]
PriceUnit = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="What the amount buys one of: the product's base unit (default), or packaging of it.",
    ),
]
MinimumQuantity = Annotated[
    int,
    msgspec.Meta(ge=1, le=MAX_LINE_QUANTITY, description="From how many of the unit on the price holds."),
]
Promotion = Annotated[
    str,
    msgspec.Meta(
        min_length=1, max_length=255, description="The promotion's name: it goes before the regular price of its level."
    ),
]
FirstMoment = Annotated[datetime, msgspec.Meta(tz=True, description="From this moment on; null: since ever.")]
EndMoment = Annotated[
    datetime, msgspec.Meta(tz=True, description="Until this moment, which is no longer in it; null: without end.")
]


class PriceCreate(Body):
    product_id: ProductCode
    price: Money
    price_id: Code | None = None
    retail_partner_id: PartnerCode | None = None
    channel: Channel | None = None
    region: Region | None = None
    unit_of_measure: PriceUnit | None = None
    minimum_quantity: MinimumQuantity = 1
    promotion: Promotion | None = None
    valid_from: FirstMoment | None = None
    valid_to: EndMoment | None = None
    status: Status = "active"
    attributes: Attributes = {}


class PriceChange(Body):
    """Of a price the amount, the window, the name of the promotion, status and attributes change."""

    price: Money | UnsetType = UNSET
    promotion: Promotion | None | UnsetType = UNSET
    valid_from: FirstMoment | None | UnsetType = UNSET
    valid_to: EndMoment | None | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class PriceView(View):
    """What one unit of a product costs, to whom and when."""

    price_id: str
    product_id: str
    price: MoneyView
    retail_partner_id: str | None
    channel: str | None
    region: str | None
    unit_of_measure: str
    minimum_quantity: int
    promotion: str | None
    valid_from: MomentText | None
    valid_to: MomentText | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: MomentText
    updated_at: MomentText


class PricePage(View):
    data: list[PriceView]
    next_page_token: str | None


def rendered_price(facts: PriceFacts) -> PriceView:
    """Return a price as /v1 shows it."""
    return convert(facts, PriceView, from_attributes=True)


def rendered_price_row(row: Price) -> PriceView:
    """Return a row as /v1 shows it."""
    return rendered_price(price_facts(row))
