"""The operation of /v1/integrity."""

from apps.core.http.operations import Operation
from apps.inventory.api.integrity_schemas import IntegrityView

GET = Operation(
    operation_id="getIntegrity",
    summary="Read whether the books balance",
    description=(
        "What the newest check found: every number of the stock is calculated again from what it must follow from. The "
        "books are checked nightly; where they never were, they are checked now, and 503 with `Retry-After` says that "
        "a check is running. `wrong` counts all places, `discrepancies` has the first 20. The tenant's staff only."
    ),
    scope="inventory:read",
    tag="Inventory",
    answer=IntegrityView,
    problems=("not_permitted",),
)
