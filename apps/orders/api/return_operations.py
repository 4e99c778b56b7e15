"""The operations of /v1/returns."""

from apps.core.http.operations import Operation
from apps.orders.api.filters import ReturnFilter
from apps.orders.api.return_schemas import ReturnCreate, ReturnPage, ReturnView

_SAUCE = {"productId": "HOTSAUCE789", "quantity": 1, "batchNumber": "BATCH202406"}
LIST = Operation(
    operation_id="listReturns",
    summary="List returns",
    description="Who sees an order sees what came back of it.",
    scope="orders:read",
    tag="Orders",
    answer=ReturnPage,
    filters=ReturnFilter,
    order_by=("createdAt", "returnId"),
    paged=True,
)
CREATE = Operation(
    operation_id="recordReturn",
    summary="Record what came back of an order",
    description=(
        "Each item is a movement, by its `disposition`; never more than was shipped, of the batch that was. What has "
        "arrived in the retail partner's own warehouse leaves that. Staff and the supplier record returns and warranty "
        "claims. A `return.received` is sent."
    ),
    scope="orders:write",
    tag="Orders",
    body=ReturnCreate,
    answer=ReturnView,
    status=201,
    keys="required",
    tagged=True,
    problems=(
        "already_exists",
        "not_found",
        "not_permitted",
        "insufficient_stock",
        "invalid_state",
        "concurrent_update",
        "inexact_conversion",
    ),
    examples={
        "Two came back, one broken": {
            "returnId": "RET1",
            "orderId": "ORD3",
            "warehouseLocation": "Warehouse_A",
            "items": [
                {**_SAUCE, "reason": "Not wanted", "condition": "new", "disposition": "restock"},
                {**_SAUCE, "reason": "Leaks", "condition": "defective", "disposition": "scrap"},
            ],
        }
    },
)
GET = Operation(
    operation_id="getReturn",
    summary="Get a return",
    description="What came back, why, in which condition, and what became of it.",
    scope="orders:read",
    tag="Orders",
    answer=ReturnView,
    tagged=True,
)
