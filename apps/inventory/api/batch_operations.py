"""The operations of /v1/batches."""

from typing import Any

from apps.core.http.operations import Operation, Parameter
from apps.inventory.api.batch_filters import BatchFilter
from apps.inventory.api.batch_schemas import BatchHold, BatchHoldView, BatchRelease, StockBatchPage
from apps.inventory.api.trace_schemas import BatchTraceView

_CODE_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_ITEM = {"supplierId": "SUP123", "productId": "HOTSAUCE789"}
_ACTION: dict[str, Any] = {
    "scope": "inventory:write",
    "tag": "Batches",
    "answer": BatchHoldView,
    "keys": "required",
    "precondition_optional": True,
    "tagged": True,
    "problems": ("not_found", "not_permitted", "concurrent_update"),
}

LIST = Operation(
    operation_id="listBatches",
    summary="List batches",
    description="Staff see every batch, a supplier those of its house stock, a retail partner those of its own stock.",
    scope="inventory:read",
    tag="Batches",
    answer=StockBatchPage,
    filters=BatchFilter,
    order_by=("batchNumber",),
    paged=True,
)
HOLD = Operation(
    operation_id="holdBatch",
    summary="Hold a batch",
    description=(
        "Nothing of it is offered, reserved, sold or shipped any more, wherever it lies; reservations on it give way "
        "(`reservation.displaced`). For staff a recall in one call: the house's batch and, unless `downstream` is "
        "false, what retail partners have of it. Each item with the batch gets a `batch.held`, which goes to staff, "
        "the supplier, and the retail partners that have of it, had it reserved or were shipped it. A supplier holds "
        "its house batches, a retail partner its own. Writing held stock off is allowed. Holding twice is harmless."
    ),
    body=BatchHold,
    examples={"A recall": {**_ITEM, "reason": "Glass found in two bottles"}},
    **_ACTION,
)
UNHOLD = Operation(
    operation_id="unholdBatch",
    summary="Let a held batch go",
    description=(
        "What lies of it is offered again; reservations that gave way do not come back, but orders that wait are "
        "filled. Who may, and what `downstream` "
        "means, is the same as for the hold; each item gets a `batch.released`."
    ),
    body=BatchRelease,
    examples={"Only our own": {**_ITEM, "downstream": False, "reason": "Laboratory found nothing"}},
    **_ACTION,
)
TRACE = Operation(
    operation_id="traceBatch",
    summary="Trace a batch",
    description=(
        "Of one moment: who has it and where it lies, what was ever booked of it, the reservations that hold or held "
        "of it, the retail partners that got it, and its movements. Of reservations and movements the newest 200 are "
        "listed and all are counted; `listTransactions` with the batch number pages through all. Staff trace the "
        "batch with everybody, or with one partner; a supplier what is in the house, where partners have no names; a "
        "retail partner its own."
    ),
    scope="inventory:read",
    tag="Batches",
    answer=BatchTraceView,
    parameters=(
        Parameter("supplierId", _CODE_SCHEMA, "Whose product it is.", required=True),
        Parameter("productId", _CODE_SCHEMA, "Which product it is.", required=True),
        Parameter("retailPartnerId", _CODE_SCHEMA, "Only what this retail partner has."),
    ),
)
