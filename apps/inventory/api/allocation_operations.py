"""The operations of /v1/allocations."""

from apps.core.http.operations import Resource
from apps.inventory.api.allocation_filters import AllocationFilter
from apps.inventory.api.allocation_schemas import AllocationChange, AllocationCreate, AllocationPage, AllocationView

_RESOURCE = Resource(scope="inventory", tag="Allocations", view=AllocationView)
_ITEM = {"supplierId": "SUP123", "productId": "HOTSAUCE789"}

LIST = _RESOURCE.listing(
    operation_id="listAllocations",
    summary="List pools",
    description=(
        "Staff see every pool, a supplier those of its items, a retail partner its own and its channel's of what an "
        "agreement shares with it."
    ),
    answer=AllocationPage,
    filters=AllocationFilter,
    order_by=("createdAt",),
)
CREATE = _RESOURCE.creation(
    operation_id="createAllocation",
    summary="Guarantee a share of an item",
    description=(
        "A pool of a retail partner or of a channel: nobody else gets what is open of it, unless it is borrowable at "
        "the moment. No more is guaranteed than is available and not guaranteed yet. One pool for each partner or "
        "channel and item. Staff only."
    ),
    body=AllocationCreate,
    problems=("already_exists", "insufficient_stock", "not_found", "not_permitted"),
    examples={
        "A retail partner's": {**_ITEM, "retailPartnerId": "RP456", "quantity": 100},
        "A channel's, to be borrowed at first": {
            **_ITEM,
            "channel": "marketplace",
            "quantity": 50,
            "borrowableUntil": "2034-11-01T00:00:00Z",
            "endsAt": "2034-12-24T18:00:00Z",
        },
    },
)
GET = _RESOURCE.reading(
    operation_id="getAllocation",
    summary="Get a pool",
    description="What is guaranteed, what of it was sold, what reservations hold of it, and what is open.",
)
CHANGE = _RESOURCE.change(
    operation_id="changeAllocation",
    summary="Change a pool",
    description="Its quantity and its moments; whose it is never changes. Staff only.",
    body=AllocationChange,
    problems=("insufficient_stock", "not_permitted"),
    examples={"More, and kept from now on": {"quantity": 120, "borrowableUntil": None}},
)
DELETE = _RESOURCE.deletion(
    operation_id="deleteAllocation",
    summary="End a pool",
    description="What is open of it is everybody's again; what reservations hold of it stays held. Staff only.",
    problems=("not_permitted",),
)
