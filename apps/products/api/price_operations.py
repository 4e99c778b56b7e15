"""The operations of /v1/prices, and the price that applies."""

from apps.core.http.operations import Operation, Parameter, Resource
from apps.products.api.filters import EffectivePriceFilter, PriceFilter
from apps.products.api.price_schemas import PriceChange, PriceCreate, PricePage, PriceView

_RESOURCE = Resource(scope="products", tag="Prices", view=PriceView)
_EXAMPLE = {
    "priceId": "PRICE1",
    "productId": "HOTSAUCE789",
    "price": {"amount": "50.00", "currencyCode": "USD"},
}
_PROMOTION = {
    **_EXAMPLE,
    "priceId": "PRICE2",
    "price": {"amount": "44.50", "currencyCode": "USD"},
    "retailPartnerId": "RP456",
    "minimumQuantity": 12,
    "promotion": "Chilli week",
    "validFrom": "2026-01-01T00:00:00Z",
    "validTo": "2034-01-01T00:00:00Z",
    "attributes": {"agreedWith": "Purchasing"},
}

LIST = _RESOURCE.listing(
    operation_id="listPrices",
    summary="List prices",
    description=(
        "Staff see every price. A retail partner sees its own and those that are nobody's, of the products that it "
        "sees; a supplier those that are nobody's. `effectiveAt` leaves the active ones that hold at a moment."
    ),
    answer=PricePage,
    filters=PriceFilter,
    order_by=("priceId", "createdAt"),
)
CREATE = _RESOURCE.creation(
    operation_id="createPrice",
    summary="Create a price",
    description=(
        "Staff only. What one unit of a product costs: for one retail partner, in a channel or a region, or without "
        "them for all; from `minimumQuantity` on; from `validFrom` until `validTo`, which is no longer in it. No two "
        "active prices that differ in nothing but the amount and the promotion's name hold at the same moment: the "
        "second is refused with `already_exists`, and `priceId` names the first."
    ),
    body=PriceCreate,
    problems=("already_exists", "not_found", "not_permitted"),
    examples={"For everybody": _EXAMPLE, "A promotion for one partner": _PROMOTION},
)
GET = _RESOURCE.reading(
    operation_id="getPrice",
    summary="Get a price",
    description="Whoever sees it in the list reads it.",
)
CHANGE = _RESOURCE.change(
    operation_id="changePrice",
    summary="Change a price",
    description="Staff only. For whom and for what it holds never changes, nor does its currency.",
    body=PriceChange,
    problems=("already_exists", "invalid_state", "not_permitted"),
    examples={"Another amount": {"price": {"amount": "43.00", "currencyCode": "USD"}}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deletePrice",
    summary="Delete a price",
    description="Staff only. To end a price and keep it, set `validTo`.",
    problems=("not_permitted",),
)
EFFECTIVE = Operation(
    operation_id="getEffectivePrice",
    summary="Get the price that applies",
    description=(
        "The most specific price that is in force: a retail partner's own before a channel's, a channel's before a "
        "region's, those before everybody's; at the same level a promotion before a regular price, then the largest "
        "`minimumQuantity` that the quantity reaches. What is not asked for is not found: without `channel` no price "
        "of a channel applies. A retail partner is answered for itself. 404 where no price applies."
    ),
    scope="products:read",
    tag="Prices",
    answer=PriceView,
    filters=EffectivePriceFilter,
    parameters=(
        Parameter("currencyCode", {"type": "string", "pattern": "^[A-Z]{3}$"}, "In which currency.", required=True),
    ),
    tagged=True,
)
