"""The operations of /v1/reservations."""

from typing import Any

from apps.core.http.operations import Operation
from apps.inventory.api.reservation_filters import ReservationFilter
from apps.inventory.api.reservation_schemas import (
    Commitment,
    Extension,
    NewReservationView,
    ReservationCreate,
    ReservationPage,
    ReservationView,
)

_LINE = {"supplierId": "SUP123", "productId": "HOTSAUCE789", "quantity": 12}
_READ: dict[str, Any] = {"scope": "inventory:read", "tag": "Reservations"}
_WRITE: dict[str, Any] = {"scope": "inventory:write", "tag": "Reservations", "tagged": True}
_ACTION: dict[str, Any] = {**_WRITE, "answer": ReservationView, "keys": "required", "precondition_optional": True}

LIST = Operation(
    operation_id="listReservations",
    summary="List reservations",
    description=(
        "Oldest first. Staff see all, a supplier those of its own stock, a retail partner those made by it or for it."
    ),
    answer=ReservationPage,
    filters=ReservationFilter,
    order_by=("createdAt",),
    paged=True,
    **_READ,
)
CREATE = Operation(
    operation_id="createReservation",
    summary="Reserve stock of one or several items",
    description=(
        "A lease: what it holds is nobody else's until it is committed, released or lapses at `expiresAt`. `all` holds "
        "everything or nothing; `partial` holds what there is of each line and says what it could not hold. Staff "
        "reserve everything, a supplier its own stock, a retail partner what is shared with it and its own item."
    ),
    body=ReservationCreate,
    answer=NewReservationView,
    status=201,
    keys="required",
    problems=("not_found", "not_permitted", "insufficient_stock", "inexact_conversion", "concurrent_update"),
    examples={
        "Two cases for an hour": {"items": [_LINE], "expiresAt": "2099-01-01T12:00:00Z", "reference": "CART77"},
        "What there is": {"items": [{**_LINE, "quantity": 100000}], "mode": "partial", "forRetailPartnerId": "RP456"},
    },
    **_WRITE,
)
GET = Operation(
    operation_id="getReservation",
    summary="Get a reservation",
    description=(
        "What is held of it now: one that has lapsed is `expired` from that moment on, whether or not it was swept."
    ),
    answer=ReservationView,
    tagged=True,
    **_READ,
)
DELETE = Operation(
    operation_id="releaseReservation",
    summary="Release a reservation",
    description=(
        "Gives back all that it holds. Releasing one of which nothing is held changes nothing. What is held for an "
        "order is the order's alone."
    ),
    scope="inventory:write",
    tag="Reservations",
    status=204,
    keys="accepted",
    versioned=True,
    problems=("not_permitted", "concurrent_update", "invalid_state"),
)
EXTEND = Operation(
    operation_id="extendReservation",
    summary="Extend a reservation",
    description=(
        "While it is held, it may be made to lapse later, up to 30 days from now. One that has lapsed cannot be "
        "brought back: its stock may be somebody else's."
    ),
    body=Extension,
    problems=("not_permitted", "invalid_state", "concurrent_update"),
    examples={"Another hour": {"expiresAt": "2026-11-22T07:00:00Z"}},
    **_ACTION,
)
COMMIT = Operation(
    operation_id="commitReservation",
    summary="Ship what a reservation holds",
    description=(
        "Books what is named as shipped, or without `items` all that is held; the rest stays held. Whoever holds the "
        "last unit can always commit it. Staff commit every reservation, a supplier what is held of its own stock."
    ),
    body=Commitment,
    problems=(
        "not_found",
        "not_permitted",
        "insufficient_stock",
        "invalid_state",
        "inexact_conversion",
        "batch_expired",
        "concurrent_update",
    ),
    examples={"Part of it": {"items": [{**_LINE, "quantity": 4}]}, "The rest": {}},
    **_ACTION,
)
