"""The operations of /v1/orders."""

from typing import Any

from apps.core.http.operations import Operation
from apps.orders.api.filters import OrderFilter
from apps.orders.api.schemas import OrderCancel, OrderChange, OrderConfirm, OrderCreate, OrderPage, OrderView

_SAUCE = {"productId": "HOTSAUCE789", "quantity": 24}
_ORDER = {
    "type": "replenishment",
    "supplierId": "SUP123",
    "retailPartnerId": "RP456",
    "orderId": "ORD1",
    "items": [{**_SAUCE, "price": {"amount": "3.20", "currencyCode": "USD"}}],
    "requestedDeliveryDate": "2034-02-01",
    "reference": "PO-7781",
}
_STEP: dict[str, Any] = {
    "scope": "orders:write",
    "tag": "Orders",
    "answer": OrderView,
    "keys": "required",
    "tagged": True,
    "precondition_optional": True,
}
_STEP_PROBLEMS = ("not_permitted", "invalid_state", "concurrent_update", "not_found", "inexact_conversion")

LIST = Operation(
    operation_id="listOrders",
    summary="List orders",
    description="Staff see every order, a supplier those placed with it, a retail partner its own.",
    scope="orders:read",
    tag="Orders",
    answer=OrderPage,
    filters=OrderFilter,
    order_by=("createdAt", "orderId"),
    paged=True,
)
PLACE = Operation(
    operation_id="placeOrder",
    summary="Place an order",
    description=(
        "Its stock is held in the same step, all of it or nothing; a line with `backorder` holds what there is and "
        "waits for the rest, which is promised to it when stock arrives. A retail partner orders for itself what its "
        "agreements cover; staff order for partners. Staff record sales, and a retail partner its own: nothing binds "
        "what a customer has bought. Otherwise an archived product is ordered no more. A sale "
        "under a `platformOrderNumber` that was recorded before answers that order again, with 200. An `order.placed` "
        "is sent."
    ),
    scope="orders:write",
    tag="Orders",
    body=OrderCreate,
    answer=OrderView,
    status=201,
    other_statuses={200: "The sale was recorded before, under the platform's number."},
    keys="required",
    tagged=True,
    problems=(
        "already_exists",
        "not_found",
        "not_permitted",
        "insufficient_stock",
        "minimum_order_quantity",
        "invalid_state",
        "concurrent_update",
        "inexact_conversion",
    ),
    examples={
        "Restock a shop": _ORDER,
        "What is not there may wait": {
            **_ORDER,
            "orderId": "ORD2",
            "items": [{**_SAUCE, "quantity": 900, "backorder": True}],
        },
        "A sale on a platform": {
            "type": "sale",
            "supplierId": "SUP123",
            "orderId": "ORD3",
            "platform": "shopify",
            "platformOrderNumber": "1001",
            "paymentStatus": "paid",
            "items": [{**_SAUCE, "quantity": 2}],
            "deliveryAddress": {"street": "1 Main Street", "city": "Austin", "countryCode": "US"},
        },
    },
)
GET = Operation(
    operation_id="getOrder",
    summary="Get an order",
    description="With what is held for each line, what waits for stock, and what was shipped, received and returned.",
    scope="orders:read",
    tag="Orders",
    answer=OrderView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeOrder",
    summary="Change an order",
    description=(
        "A JSON merge patch of what stock does not depend on, while something is still to be shipped: what it does "
        "not name stays, null removes. Staff and the retail partner change it; `priority` only staff."
    ),
    scope="orders:write",
    tag="Orders",
    body=OrderChange,
    answer=OrderView,
    keys="accepted",
    versioned=True,
    tagged=True,
    problems=("not_permitted", "invalid_state", "concurrent_update"),
    examples={"Paid, and wanted sooner": {"paymentStatus": "paid", "requestedDeliveryDate": "2034-01-25"}},
)
CONFIRM = Operation(
    operation_id="confirmOrder",
    summary="Confirm an order",
    description=(
        "The supplier, or staff, says what will be sent and when. Less than was ordered may be confirmed: the rest is "
        "given up. An `order.confirmed` is sent."
    ),
    body=OrderConfirm,
    problems=_STEP_PROBLEMS,
    examples={
        "As ordered": {},
        "Not all of it, and a date": {"items": [{**_SAUCE, "quantity": 20, "promisedDate": "2034-01-30"}]},
    },
    **_STEP,
)
CANCEL = Operation(
    operation_id="cancelOrder",
    summary="Cancel an order, or part of it",
    description=(
        "What has not left is given up, all of it or the items that are named: first what waits, then what is held. "
        "Either party may, and staff. An order of which nothing was shipped is then `cancelled`; one of which "
        "something was, has come as far as that. An `order.cancelled` is sent where nothing had left, an "
        "`order.received` where all that had left has arrived, else an `order.updated`."
    ),
    body=OrderCancel,
    problems=_STEP_PROBLEMS,
    examples={
        "All of it": {"reason": "The shop is closed"},
        "Four pieces": {"items": [{**_SAUCE, "quantity": 4}]},
    },
    **_STEP,
)
