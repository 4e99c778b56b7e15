"""The operations of /v1/conflictPolicies."""

from typing import Any

from apps.core.http.operations import Operation
from apps.inventory.api.conflict_policy_schemas import ConflictPolicyBody, ConflictPolicyPage, ConflictPolicyView

_READ: dict[str, Any] = {"scope": "inventory:read", "tag": "Reviews", "problems": ("not_permitted",)}
_WRITE: dict[str, Any] = {"scope": "inventory:write", "tag": "Reviews", "keys": "accepted", "versioned": True}

LIST = Operation(
    operation_id="listConflictPolicies",
    summary="List conflict policies",
    description="Which feeds are believed, for a supplier's stock or by `default`. For staff.",
    answer=ConflictPolicyPage,
    order_by=("supplierId",),
    paged=True,
    **_READ,
)
GET = Operation(
    operation_id="getConflictPolicy",
    summary="Get a conflict policy",
    description="That of a supplier, or of `default`. For staff.",
    answer=ConflictPolicyView,
    tagged=True,
    **_READ,
)
PUT = Operation(
    operation_id="setConflictPolicy",
    summary="Set a conflict policy",
    description=(
        "By which rule counts that name a `source` are believed, for a supplier's stock or by `default`. "
        "`lastWriteWins`: the newest by when it was counted (without any policy too). `sourcePriority`: the source "
        "that stands first; those that are not named come last, and of equals the newest. `manualReview`: a person "
        "decides about every difference. For staff; with `If-None-Match: *` it makes one."
    ),
    body=ConflictPolicyBody,
    answer=ConflictPolicyView,
    creates_if_none=True,
    tagged=True,
    other_statuses={201: "The policy was made."},
    problems=("already_exists", "not_permitted", "concurrent_update"),
    examples={
        "The shop's own system first": {"policy": "sourcePriority", "priorities": ["wms", "shop"]},
        "A person decides": {"policy": "manualReview"},
    },
    **_WRITE,
)
DELETE = Operation(
    operation_id="deleteConflictPolicy",
    summary="Delete a conflict policy",
    description="The supplier goes back to `default`; without that, the last write wins. For staff.",
    status=204,
    problems=("not_permitted",),
    **_WRITE,
)
