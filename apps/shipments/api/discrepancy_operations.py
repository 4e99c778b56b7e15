"""The operations of /v1/discrepancies."""

from apps.core.http.operations import Operation
from apps.shipments.api.discrepancy_schemas import (
    DiscrepancyCreate,
    DiscrepancyResolve,
    ShipmentDiscrepancyPage,
    ShipmentDiscrepancyView,
)
from apps.shipments.api.filters import DiscrepancyFilter

LIST = Operation(
    operation_id="listDiscrepancies",
    summary="List discrepancies",
    description="Where what was received is not what was sent. Who sees an order sees them.",
    scope="orders:read",
    tag="Shipments",
    answer=ShipmentDiscrepancyPage,
    filters=DiscrepancyFilter,
    order_by=("createdAt", "discrepancyId"),
    paged=True,
)
CREATE = Operation(
    operation_id="openDiscrepancy",
    summary="Open a discrepancy",
    description=(
        "For what is found after a receipt was booked; a receipt opens its own, whatever was said before. Nothing is "
        "booked: the retail partner corrects its own stock by a movement. The retail partner opens them, and staff. No "
        "more is short or damaged than was sent."
    ),
    scope="orders:write",
    tag="Shipments",
    body=DiscrepancyCreate,
    answer=ShipmentDiscrepancyView,
    status=201,
    keys="required",
    tagged=True,
    problems=("not_found", "not_permitted", "inexact_conversion", "invalid_state"),
    examples={
        "Found when unpacking": {
            "shipmentId": "SHP1",
            "productId": "HOTSAUCE789",
            "kind": "damaged",
            "quantity": 1,
            "note": "The cap leaks",
        }
    },
)
GET = Operation(
    operation_id="getDiscrepancy",
    summary="Get a discrepancy",
    description="How much of what, who says so, and whether it is settled.",
    scope="orders:read",
    tag="Shipments",
    answer=ShipmentDiscrepancyView,
    tagged=True,
)
RESOLVE = Operation(
    operation_id="resolveDiscrepancy",
    summary="Settle a discrepancy",
    description=(
        "The supplier, or staff, accepts the receiver's word or rejects it. Nothing is booked; a "
        "`discrepancy.resolved` is sent."
    ),
    scope="orders:write",
    tag="Shipments",
    body=DiscrepancyResolve,
    answer=ShipmentDiscrepancyView,
    keys="required",
    tagged=True,
    precondition_optional=True,
    problems=("not_permitted", "invalid_state", "concurrent_update"),
    examples={"Accepted": {"resolution": "accepted", "note": "Credited with the next invoice"}},
)
