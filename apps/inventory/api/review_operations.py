"""The operations of /v1/reviews."""

from typing import Any

from apps.core.http.operations import Operation
from apps.inventory.api.review_filters import ReviewFilter
from apps.inventory.api.review_schemas import ReviewPage, ReviewView

_READ: dict[str, Any] = {"scope": "inventory:read", "tag": "Reviews"}
_ACTION: dict[str, Any] = {
    "scope": "inventory:write",
    "tag": "Reviews",
    "answer": ReviewView,
    "precondition_optional": True,
    "tagged": True,
}

LIST = Operation(
    operation_id="listReviews",
    summary="List stated values that were not booked",
    description=(
        "Oldest first; `status=open` are those that wait for a person. Staff see all, a supplier those of its own "
        "stock, a retail partner those of its own item."
    ),
    answer=ReviewPage,
    filters=ReviewFilter,
    order_by=("createdAt",),
    paged=True,
    **_READ,
)
GET = Operation(
    operation_id="getReview",
    summary="Get a stated value that was not booked",
    description="Staff read all, a supplier those of its own stock, a retail partner those of its own item.",
    answer=ReviewView,
    tagged=True,
    **_READ,
)
APPROVE = Operation(
    operation_id="approveReview",
    summary="Book a stated value",
    description=(
        "As a count as of when it was stated, whatever was believed since; what moved since stays booked. Of one that "
        "is open, or that the policy overruled. Staff decide."
    ),
    problems=("insufficient_stock", "invalid_state", "not_permitted", "concurrent_update"),
    keys="required",
    **_ACTION,
)
REJECT = Operation(
    operation_id="rejectReview",
    summary="Reject a stated value",
    description="The books stay as they are. Of one that is open. Staff decide.",
    problems=("invalid_state", "not_permitted"),
    keys="accepted",
    **_ACTION,
)
