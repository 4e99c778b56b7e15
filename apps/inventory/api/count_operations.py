"""The operations of /v1/counts."""

from typing import Any

from apps.core.http.operations import MAX_BULK_BODY_BYTES, Operation
from apps.inventory.api.count_filters import CountFilter
from apps.inventory.api.count_schemas import (
    CountCreate,
    CountDetailView,
    CountedLines,
    CountLinesView,
    CountPage,
)

_READ: dict[str, Any] = {"scope": "inventory:read", "tag": "Counts"}
_WRITE: dict[str, Any] = {"scope": "inventory:write", "tag": "Counts", "tagged": True}
_ACTION: dict[str, Any] = {**_WRITE, "precondition_optional": True}

LIST = Operation(
    operation_id="listCounts",
    summary="List stock counts",
    description="Without their lines. Staff see every count of the tenant, another party those that it opened.",
    answer=CountPage,
    filters=CountFilter,
    order_by=("createdAt",),
    paged=True,
    **_READ,
)
CREATE = Operation(
    operation_id="openCount",
    summary="Open a stock count",
    description=(
        "Of one warehouse: the caller's own, the tenant's for its staff and suppliers, any for staff. Counting books "
        "nothing until the count is approved; goods may move meanwhile, and several counts may be open."
    ),
    body=CountCreate,
    answer=CountDetailView,
    status=201,
    keys="accepted",
    problems=("already_exists", "not_found", "concurrent_update"),
    examples={"The yearly one": {"countId": "COUNT-2026", "warehouseLocation": "Warehouse_A", "reference": "Yearly"}},
    **_WRITE,
)
GET = Operation(
    operation_id="getCount",
    summary="Get a stock count",
    description=(
        "Beside each line stands what the books said at its `countedAt`: what they say now, less what has moved since. "
        "`uncounted` names places where something should lie and nobody counted. Staff read every count, another "
        "party those that it opened."
    ),
    answer=CountDetailView,
    tagged=True,
    **_READ,
)
COUNT = Operation(
    operation_id="countStock",
    summary="Write down what was counted",
    description=(
        "Up to 1,000 lines, as many as a count may have; a line about a place that has one replaces it. `countedAt` is "
        "now where it is left out. A supplier counts its own stock, a retail partner its own item."
    ),
    body=CountedLines,
    answer=CountLinesView,
    max_body=MAX_BULK_BODY_BYTES,
    problems=("not_found", "ambiguous_level", "invalid_state"),
    examples={
        "One batch": {
            "lines": [
                {"supplierId": "SUP123", "productId": "HOTSAUCE789", "batchNumber": "BATCH202406", "quantity": 420}
            ]
        }
    },
    keys="accepted",
    **_ACTION,
)
APPROVE = Operation(
    operation_id="approveCount",
    summary="Approve a stock count",
    description=(
        "Books every line as a count as of its `countedAt`, all or none: what moved since stays booked, a line "
        "without a difference books 0, one that a later count of its place supersedes books 0 too. Where less lies "
        "there than is reserved, reservations are displaced, the newest first, then orders. Who may see a count may "
        "approve it."
    ),
    answer=CountDetailView,
    problems=("not_found", "insufficient_stock", "invalid_state", "not_permitted", "concurrent_update"),
    keys="required",
    **_ACTION,
)
CANCEL = Operation(
    operation_id="cancelCount",
    summary="Cancel a stock count",
    description="Closes it and books nothing. Who may see a count may cancel it.",
    answer=CountDetailView,
    problems=("invalid_state",),
    keys="accepted",
    **_ACTION,
)
