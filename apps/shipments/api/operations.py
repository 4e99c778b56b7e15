"""The operations of /v1/shipments, and the receipt of an order."""

from typing import Any

from apps.core.http.operations import Operation
from apps.orders.api.schemas import OrderView
from apps.shipments.api.filters import ShipmentFilter
from apps.shipments.api.schemas import (
    ShipmentCancel,
    ShipmentChange,
    ShipmentCreate,
    ShipmentDispatch,
    ShipmentPage,
    ShipmentReceipt,
    ShipmentView,
)

_SAUCE = {"productId": "HOTSAUCE789", "quantity": 12}
_WRITE: dict[str, Any] = {
    "scope": "shipments:write",
    "tag": "Shipments",
    "answer": ShipmentView,
    "tagged": True,
}
_STEP: dict[str, Any] = {**_WRITE, "keys": "required", "precondition_optional": True}
_STEP_PROBLEMS = ("not_permitted", "invalid_state", "concurrent_update")
_BOOKS = (
    "Where the order names a `deliveryWarehouse` it becomes the retail partner's own stock there; damaged pieces go on "
    "hold, what was never sent is an adjustment with the reason `over`. Each difference opens a discrepancy."
)

LIST = Operation(
    operation_id="listShipments",
    summary="List shipments",
    description="Who sees an order sees its shipments.",
    scope="shipments:read",
    tag="Shipments",
    answer=ShipmentPage,
    filters=ShipmentFilter,
    order_by=("createdAt", "shipmentId"),
    paged=True,
)
CREATE = Operation(
    operation_id="createShipment",
    summary="Pack a shipment",
    description=(
        "Nothing leaves yet. Of a confirmed order no more is packed than is open. The supplier packs, and staff. A "
        "`shipment.created` tells the retail partner what will come (the advance notice)."
    ),
    body=ShipmentCreate,
    status=201,
    keys="required",
    problems=(
        "already_exists",
        "not_found",
        "invalid_check_digit",
        "inexact_conversion",
        *_STEP_PROBLEMS,
    ),
    examples={
        "Two boxes": {
            "shipmentId": "SHP1",
            "orderId": "ORD1",
            "carrier": "UPS",
            "trackingNumber": "1Z999AA10123456784",
            "packages": [
                {"sscc": "106141412345678908", "items": [{**_SAUCE, "batchNumber": "BATCH202406"}]},
                {"items": [{**_SAUCE, "quantity": 8}]},
            ],
        }
    },
    **_WRITE,
)
GET = Operation(
    operation_id="getShipment",
    summary="Get a shipment",
    description="Its packages as packed, and by batch what left, what arrived and what is under way.",
    scope="shipments:read",
    tag="Shipments",
    answer=ShipmentView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeShipment",
    summary="Change a shipment",
    description=(
        "A JSON merge patch of its carrier, tracking number and expected arrival, until it is delivered: what it does "
        "not name stays, null removes."
    ),
    body=ShipmentChange,
    keys="accepted",
    versioned=True,
    problems=_STEP_PROBLEMS,
    examples={"Its tracking number": {"carrier": "UPS", "trackingNumber": "1Z999AA10123456784"}},
    **_WRITE,
)
DISPATCH = Operation(
    operation_id="dispatchShipment",
    summary="Dispatch a shipment",
    description=(
        "All that is packed leaves, of what is held for the order, what expires first first. A batch or warehouse that "
        "was picked is taken of what is held there, then of what is available there to the retail partner; as much is "
        "given back elsewhere. Into a `deliveryWarehouse` it is `incomingQuantity` from now on. `shipment.dispatched` "
        "and `order.shipped` are sent."
    ),
    body=ShipmentDispatch,
    problems=(*_STEP_PROBLEMS, "insufficient_stock", "batch_expired"),
    examples={"On its way": {"expectedAt": "2034-01-31T12:00:00Z"}},
    **_STEP,
)
DELIVER = Operation(
    operation_id="deliverShipment",
    summary="Say what arrived of a shipment",
    description=(
        f"Without items all of it. {_BOOKS} `complete` writes off what did not arrive. The shipment is `delivered` "
        "when nothing of it is under way any more. The supplier says so, but no more than is under way, and staff; a "
        "retail partner receives its order."
    ),
    body=ShipmentReceipt,
    problems=(*_STEP_PROBLEMS, "not_found", "inexact_conversion"),
    examples={
        "All of it": {},
        "One short": {"items": [{"productId": "HOTSAUCE789", "received": 19}], "complete": True},
    },
    **_STEP,
)
CANCEL = Operation(
    operation_id="cancelShipment",
    summary="Unpack a shipment",
    description="One that has not left; what was packed is the order's to ship again.",
    body=ShipmentCancel,
    problems=_STEP_PROBLEMS,
    examples={"Unpacked": {}},
    **_STEP,
)
RECEIVE = Operation(
    operation_id="receiveOrder",
    summary="Receive an order, whole or in parts",
    description=(
        "The retail partner, or staff, says what arrived, whatever shipments it came in: without items all that is "
        f"under way. {_BOOKS} `complete` writes off what did not arrive. The order is `received` when nothing is open "
        "or under way any more; an `order.received` is sent then, an `order.updated` before."
    ),
    scope="orders:write",
    tag="Orders",
    body=ShipmentReceipt,
    answer=OrderView,
    keys="required",
    tagged=True,
    precondition_optional=True,
    problems=(*_STEP_PROBLEMS, "not_found", "inexact_conversion"),
    examples={
        "All of it": {},
        "Two broken, and nothing more will come": {
            "items": [{"productId": "HOTSAUCE789", "received": 18, "damaged": 2}],
            "complete": True,
        },
    },
)
