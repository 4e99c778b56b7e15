"""The operations of stock."""

from typing import Any

from apps.core.http.operations import MAX_BULK_BODY_BYTES, Operation, Parameter
from apps.feed.api.handover import WAIT
from apps.inventory.api.batch import BatchView
from apps.inventory.api.bodies import AnyEntry, AnyMovement, BatchBody, ItemPatch
from apps.inventory.api.event_views import ChangesPage
from apps.inventory.api.filters import ItemFilter
from apps.inventory.api.parked_schemas import ParkedMovementView
from apps.inventory.api.schemas import AnyItemView, ItemPage, MovementView, VariantStockPage

_CODE_SCHEMA = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}
_PARTNER = Parameter(
    "retailPartnerId", _CODE_SCHEMA, "A retail partner's own item instead of the house's (tenant and supplier)."
)
_SALE: dict[str, Any] = {"type": "sale", "quantity": 2, "reference": "ORD09876"}
_RECEIPT: dict[str, Any] = {
    "type": "receipt",
    "quantity": 500,
    "warehouseLocation": "Warehouse_A",
    "batchNumber": "BATCH202406",
    "expirationDate": "2034-01-01",
}
_RESERVATION_ID = "res_01k9x3v6q8e7ctr2m5n0p4s101"
_PLACE = {"warehouseLocation": "Warehouse_A", "batchNumber": "BATCH202406"}
_MOVEMENTS: dict[str, dict[str, Any]] = {
    "A receipt of a batch": _RECEIPT,
    "A receipt of five cases": {
        "type": "receipt",
        "quantity": 5,
        "unitOfMeasure": "CS",
        "warehouseLocation": "Warehouse_A",
        "batchNumber": "BATCH202406",
    },
    "A reservation": {"type": "reservation", "quantity": 50, "reference": "ORD09877"},
    "A sale": _SALE,
    "A shipment of what is reserved": {"type": "shipment", "quantity": 20, "reservationId": _RESERVATION_ID},
    "A release of the rest": {"type": "release", "reservationId": _RESERVATION_ID},
    "A return into quarantine": {
        "type": "return",
        "quantity": 1,
        **_PLACE,
        "disposition": "quarantine",
        "reason": "Seal broken",
    },
    "A damage": {"type": "damage", "quantity": 3, **_PLACE, "disposition": "scrap", "reason": "Fell off the ramp"},
    "An adjustment": {"type": "adjustment", "quantity": -2, **_PLACE, "reason": "Miscounted at receipt"},
    "A transfer": {"type": "transfer", "quantity": 40, **_PLACE, "toWarehouseLocation": "Warehouse_B"},
    "A count": {"type": "count", "quantity": 430, **_PLACE},
}
_NAMED = {"supplierId": "SUP123", "productId": "HOTSAUCE789"}
_MOVEMENT_PROBLEMS = (
    "not_found",
    "insufficient_stock",
    "invalid_state",
    "ambiguous_level",
    "inexact_conversion",
    "not_permitted",
    "batch_expired",
    "concurrent_update",
)
# A movement under a code of the caller's own that is not mapped yet.
_PARKING: dict[str, Any] = {
    "other_statuses": {202: "Parked: its code is not mapped yet. It is booked once it is."},
    "other_answers": {202: ParkedMovementView},
}
LIST = Operation(
    operation_id="listInventory",
    summary="List stock",
    description=(
        "One row per item. Filters by warehouse, batch and expiry keep items that have such a level and show only "
        "those levels; totals stay those of the whole item."
    ),
    scope="inventory:read",
    tag="Inventory",
    answer=ItemPage,
    filters=ItemFilter,
    order_by=("supplierId",),
    paged=True,
)
LIST_GROUP = Operation(
    operation_id="listGroupInventory",
    summary="List the stock of a product group by variant",
    description="One row per variant and item: what tells the variant apart, and its stock as the caller sees it.",
    scope="inventory:read",
    tag="Inventory",
    answer=VariantStockPage,
    order_by=("supplierId",),
    paged=True,
)
GET = Operation(
    operation_id="getInventoryItem",
    summary="Get the stock of a product",
    description="A retail partner sees what it may buy of shared stock; of its own item it sees everything.",
    scope="inventory:read",
    tag="Inventory",
    answer=AnyItemView,
    parameters=(_PARTNER,),
    tagged=True,
    hot=True,
)
POST = Operation(
    operation_id="postMovement",
    summary="Post a stock movement",
    description=(
        "One of ten kinds, told apart by `type`. Without a warehouse, stock goes out first-expired-first-out. Staff "
        "post every kind; a supplier every kind on its own stock; a retail partner reserves and releases of what is "
        "shared with it, and posts every kind on its own item. The item's version rises by one and an "
        "`inventory.updated` is sent. Under a code of the caller's own (`sku:`) that is not mapped yet it is parked: "
        "202, and booked as of now once the code is mapped."
    ),
    scope="inventory:write",
    tag="Inventory",
    body=AnyMovement,
    answer=MovementView,
    status=201,
    **_PARKING,
    parameters=(_PARTNER,),
    keys="required",
    precondition_optional=True,
    tagged=True,
    hot=True,
    problems=_MOVEMENT_PROBLEMS,
    examples={**_MOVEMENTS, "A code that is not mapped yet": {**_RECEIPT, "reference": "DN-4712"}},
)
CHANGE = Operation(
    operation_id="changeInventoryItem",
    summary="Set a level or settings",
    description=(
        "A JSON merge patch. `inventoryLevel` is absolute: the difference is booked as an adjustment. Staff change "
        "every item, a supplier and a retail partner their own."
    ),
    scope="inventory:write",
    tag="Inventory",
    body=ItemPatch,
    answer=AnyItemView,
    parameters=(_PARTNER,),
    keys="accepted",
    versioned=True,
    tagged=True,
    hot=True,
    problems=(
        "not_found",
        "insufficient_stock",
        "invalid_state",
        "ambiguous_level",
        "not_permitted",
        "concurrent_update",
    ),
    examples={"Counted by hand": {"inventoryLevel": 425, **_PLACE, "reorderThreshold": 20}},
)
BATCH = Operation(
    operation_id="postMovementBatch",
    summary="Post many movements",
    description=(
        "Up to 1,000 movements in one transaction, under one key. `atomic`: all or none, with a pointer to each "
        "refused line. `partial`: a result for each line; one under a code of the caller's own (`sku:`) that is not "
        "mapped yet is parked. Who may post what is the same as for one movement."
    ),
    scope="inventory:write",
    tag="Inventory",
    body=BatchBody,
    answer=BatchView,
    keys="required",
    max_body=MAX_BULK_BODY_BYTES,
    problems=_MOVEMENT_PROBLEMS,
    examples={
        "Two lines, one of them too much": {
            "mode": "partial",
            "items": [{**_NAMED, **_SALE}, {**_NAMED, **_SALE, "quantity": 100000, "reference": "ORD09879"}],
        },
        "A code that is not mapped yet": {
            "mode": "partial",
            "items": [{**_NAMED, "productId": "sku:NEW-SAUCE", **_RECEIPT}, {**_NAMED, **_SALE}],
        },
        "All or none": {"mode": "atomic", "items": [{**_NAMED, **_SALE}, {**_NAMED, **_RECEIPT}]},
    },
)
POST_TRANSACTION = Operation(
    operation_id="postTransaction",
    summary="Post a stock movement to the ledger",
    description="The same movement and the same command as `postMovement`, naming the item in the body.",
    scope="transactions:write",
    tag="Transactions",
    body=AnyEntry,
    answer=MovementView,
    status=201,
    **_PARKING,
    keys="required",
    precondition_optional=True,
    tagged=True,
    problems=_MOVEMENT_PROBLEMS,
    examples={
        "A sale": {**_NAMED, **_SALE},
        "A code that is not mapped yet": {**_NAMED, "productId": "sku:NEW-SAUCE", **_SALE},
    },
)
CHANGES = Operation(
    operation_id="listInventoryChanges",
    summary="Follow changes of stock",
    description=(
        "Every `inventory.updated` behind a cursor in the tenant's own dense order; without a cursor from the oldest "
        "that is kept. Store `nextCursor` and come back with it: nothing is skipped and nothing comes twice."
    ),
    scope="inventory:read",
    tag="Inventory",
    answer=ChangesPage,
    parameters=(
        Parameter(
            "cursor",
            {"type": "string", "maxLength": 200},
            "`nextCursor` of the previous answer; `now` for what comes after this moment, to read every item once and "
            "go on from there.",
        ),
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 500, "default": 100},
            "How many places of the log to look at; fewer events may be for this caller.",
        ),
        WAIT,
    ),
    problems=("cursor_expired", "invalid_page_token", "misdirected_request"),
)
