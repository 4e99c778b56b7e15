"""The operations of /v1/transfers."""

from typing import Any

from apps.core.http.operations import Operation
from apps.inventory.api.transfer_filters import TransferFilter
from apps.inventory.api.transfer_schemas import (
    TransferCancel,
    TransferCreate,
    TransferPage,
    TransferReceive,
    TransferShip,
    TransferView,
)

_SAUCE = {"supplierId": "SUP123", "productId": "HOTSAUCE789"}
_PLAN = {
    "transferId": "TRF1",
    "fromWarehouseLocation": "Warehouse_A",
    "toWarehouseLocation": "Warehouse_B",
    "items": [{**_SAUCE, "quantity": 60}],
    "reference": "LORRY-7",
}
_WHO = (
    "Staff move everything; a supplier its house stock between its own warehouses and the tenant's; a retail partner "
    "its own item between its own warehouses."
)
_WRITE: dict[str, Any] = {
    "scope": "inventory:write",
    "tag": "Transfers",
    "answer": TransferView,
    "keys": "required",
    "tagged": True,
}
_STEP: dict[str, Any] = {**_WRITE, "precondition_optional": True}
_STEP_PROBLEMS = ("not_permitted", "invalid_state", "concurrent_update")

LIST = Operation(
    operation_id="listTransfers",
    summary="List transfers",
    description=(
        "Staff see every transfer; a supplier those of house stock that are wholly its own; a retail partner those "
        "into its warehouses and out of them."
    ),
    scope="inventory:read",
    tag="Transfers",
    answer=TransferPage,
    filters=TransferFilter,
    order_by=("createdAt", "transferId"),
    paged=True,
)
CREATE = Operation(
    operation_id="createTransfer",
    summary="Plan a transfer",
    description=f"Nothing moves and nothing is held until it is shipped. {_WHO}",
    body=TransferCreate,
    status=201,
    problems=("already_exists", "not_found", "concurrent_update", "inexact_conversion"),
    examples={
        "The oldest sixty": _PLAN,
        "One batch, with a date": {
            **_PLAN,
            "transferId": "TRF2",
            "items": [{**_SAUCE, "quantity": 40, "batchNumber": "BATCH202406"}],
            "expectedAt": "2034-01-15T08:00:00Z",
        },
    },
    **_WRITE,
)
GET = Operation(
    operation_id="getTransfer",
    summary="Get a transfer",
    description=(
        "What was planned, sent and received, by batch. A warehouse that the reader does not see is null: the house's "
        "to a retail partner, a partner's to a supplier."
    ),
    scope="inventory:read",
    tag="Transfers",
    answer=TransferView,
    tagged=True,
)
SHIP = Operation(
    operation_id="shipTransfer",
    summary="Ship a transfer",
    description=(
        "All that is planned leaves the source, first expired first out, or nothing does. The destination's item shows "
        f"it as `incomingQuantity` until it arrives. A `transfer.shipped` is sent. {_WHO}"
    ),
    body=TransferShip,
    problems=(*_STEP_PROBLEMS, "insufficient_stock"),
    examples={"On its way": {"expectedAt": "2034-01-16T08:00:00Z"}},
    **_STEP,
)
RECEIVE = Operation(
    operation_id="receiveTransfer",
    summary="Receive a transfer, whole or in parts",
    description=(
        "Books what arrived at the destination; damaged pieces go on hold there, and what is more than was under way "
        "is an adjustment with the reason `over`. `complete` writes off what did not arrive, with the reason `short`. "
        "The transfer is `received` when nothing is under way any more. A `transfer.received` is sent each time. Staff "
        "receive everything, a supplier what it may move, a retail partner what comes into its own warehouses."
    ),
    body=TransferReceive,
    problems=(*_STEP_PROBLEMS, "not_found", "inexact_conversion"),
    examples={
        "The first pallet": {"items": [{**_SAUCE, "received": 40, "damaged": 2}]},
        "The rest, and nothing more": {"items": [{**_SAUCE, "received": 15}], "complete": True},
    },
    **_STEP,
)
CANCEL = Operation(
    operation_id="cancelTransfer",
    summary="Cancel a transfer",
    description=(
        "What is still under way goes back to the source and is no longer expected; what has arrived stays. A "
        f"`transfer.cancelled` is sent. {_WHO}"
    ),
    body=TransferCancel,
    problems=_STEP_PROBLEMS,
    examples={"Turned back": {"reason": "The road is closed"}},
    **_STEP,
)
