"""Request bodies of stock: a movement is one of ten kinds, told apart by `type`."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.bodies import AttributesChange, Body, Code, Moment, ProductCode, Text, Version
from apps.core.ids import decode_id
from apps.core.quantities import MAX_LEVEL_QUANTITY, MAX_LINE_QUANTITY
from apps.core.times import checked_moment
from apps.inventory.types import BatchMode, Disposition, Movement, MovementType

Quantity = Annotated[
    int, msgspec.Meta(ge=1, le=MAX_LINE_QUANTITY, description="Base units, or the unit that unitOfMeasure names.")
]
Unit = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Z0-9]{1,8}(?!\n)$",
        description="What `quantity` counts: the product's base unit (default), or packaging of it.",
    ),
]
Expiry = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(19[7-9][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}([Tt][0-9:.]{5,15}([Zz]|[+-][0-9]{2}:[0-9]{2}))?(?!\n)$",
        description="A date, which means its end in UTC, or a moment; not before 1970.",
        extra_json_schema={"anyOf": [{"format": "date"}, {"format": "date-time"}]},
    ),
]
ReturnDisposition = Annotated[Literal["restock", "quarantine"], msgspec.Meta(title="ReturnDisposition")]
DamageDisposition = Annotated[Literal["hold", "scrap"], msgspec.Meta(title="DamageDisposition")]
ReservationId = Annotated[str, msgspec.Meta(pattern=r"^res_[0-7][0-9a-hjkmnp-tv-z]{25}(?!\n)$")]
Beneficiary = Annotated[
    Code | None,
    msgspec.Meta(
        description="For whom staff take it: the retail partner whose pool and minimum shelf life apply.",
    ),
]
Source = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$",
        description="The feed that states the quantity: what it may overrule is the conflict policy's to say.",
    ),
]
ItemPath = tuple[str, str]

_CLOCK_TOLERANCE = timedelta(minutes=5)


class MovementBody(Body, tag_field="type"):
    """What every kind of movement may carry."""

    unit_of_measure: Unit | None = None
    warehouse_location: Code | None = None
    batch_number: Code | None = None
    reference: Text | None = None
    reason: Text | None = None
    occurred_at: Moment | None = None
    version: Version | UnsetType = UNSET


class Receipt(MovementBody, tag=MovementType.RECEIPT.value, kw_only=True):
    """Stock arrives: on hand rises."""

    warehouse_location: Code
    quantity: Quantity
    expiration_date: Expiry | None = None


class Sale(MovementBody, tag=MovementType.SALE.value, kw_only=True):
    """Stock is sold: on hand falls."""

    quantity: Quantity
    for_retail_partner_id: Beneficiary = None


class ReservationBody(MovementBody, tag=MovementType.RESERVATION.value, kw_only=True):
    """Stock is held for somebody; the answer names the reservation."""

    quantity: Quantity
    expires_at: Moment | None = None
    for_retail_partner_id: Beneficiary = None


class Release(MovementBody, tag=MovementType.RELEASE.value, kw_only=True):
    """What a reservation holds is given back; without a quantity all of it. Twice is harmless."""

    reservation_id: ReservationId
    quantity: Quantity | None = None


class Shipment(MovementBody, tag=MovementType.SHIPMENT.value, kw_only=True):
    """Stock leaves: what a reservation holds, or available stock."""

    quantity: Quantity
    reservation_id: ReservationId | None = None
    for_retail_partner_id: Beneficiary = None


class Return(MovementBody, tag=MovementType.RETURN.value, kw_only=True):
    """Stock comes back, to be sold again or into quarantine."""

    warehouse_location: Code
    quantity: Quantity
    disposition: ReturnDisposition | None = None


class Damage(MovementBody, tag=MovementType.DAMAGE.value, kw_only=True):
    """Stock is damaged: put on hold, or scrapped. Scrap takes available stock first, then stock on hold."""

    reason: Text
    quantity: Quantity
    disposition: DamageDisposition | None = None


class Adjustment(MovementBody, tag=MovementType.ADJUSTMENT.value, kw_only=True):
    """The books were wrong: on hand rises or falls by a signed quantity, never 0."""

    reason: Text
    quantity: Annotated[
        int,
        msgspec.Meta(ge=-MAX_LINE_QUANTITY, le=MAX_LINE_QUANTITY, extra_json_schema={"not": {"const": 0}}),
    ]


class Transfer(MovementBody, tag=MovementType.TRANSFER.value, kw_only=True):
    """Stock moves to another warehouse at once."""

    warehouse_location: Code
    quantity: Quantity
    to_warehouse_location: Code


class Count(MovementBody, tag=MovementType.COUNT.value, kw_only=True):
    """Somebody counted: on hand becomes the quantity, with what moved since `countedAt` still booked.

    It stands in the ledger as of `countedAt`; one from before a later count changes nothing (reason `superseded`).
    """

    warehouse_location: Code
    quantity: Annotated[int, msgspec.Meta(ge=0, le=MAX_LINE_QUANTITY)]
    counted_at: Moment | None = None
    source: Source | None = None


_KINDS = (Receipt, Sale, ReservationBody, Release, Shipment, Return, Damage, Adjustment, Transfer, Count)
# The title makes a union a component of the document.
AnyMovement = Annotated[
    Union[_KINDS],  # type: ignore[valid-type] # noqa: UP007 -- the union of a tuple, for the decoder
    msgspec.Meta(title="Movement", description="One of ten kinds, told apart by `type`."),
]

# The same kinds with the item's name inside, where the path does not name it.
_NAMED = tuple(
    msgspec.defstruct(
        f"{kind.__name__.removesuffix('Body')}Entry",
        [("supplier_id", Code), ("product_id", ProductCode), ("retail_partner_id", Code | None, None)],
        bases=(kind,),
        tag=kind.__struct_config__.tag,
        tag_field="type",
        rename="camel",
        forbid_unknown_fields=True,
        kw_only=True,
        module=__name__,
        namespace={"__doc__": kind.__doc__},
    )
    for kind in _KINDS
)
AnyEntry = Annotated[
    Union[_NAMED],  # type: ignore[valid-type] # noqa: UP007 -- the union of a tuple, for the decoder
    msgspec.Meta(title="Entry", description="A movement that names its item."),
]


class BatchBody(Body):
    """A list of movements, in the order in which they apply."""

    items: Annotated[list[AnyEntry], msgspec.Meta(min_length=1, max_length=1000)]
    mode: BatchMode = BatchMode.ATOMIC


PlaceThresholds = Annotated[
    dict[Code, Annotated[int, msgspec.Meta(ge=0, le=MAX_LEVEL_QUANTITY)] | None],
    msgspec.Meta(max_length=100, description="Thresholds of single warehouses, by warehouseId; null removes."),
]


class ItemPatch(Body):
    """A merge patch of an item: its level (booked as an adjustment), its threshold, its attributes."""

    inventory_level: Annotated[int, msgspec.Meta(ge=0, le=MAX_LEVEL_QUANTITY)] | UnsetType = UNSET
    warehouse_location: Code | None = None
    batch_number: Code | None = None
    reorder_threshold: Annotated[int, msgspec.Meta(ge=0, le=MAX_LEVEL_QUANTITY)] | None | UnsetType = UNSET
    reorder_thresholds: PlaceThresholds | UnsetType = UNSET
    attributes: AttributesChange | UnsetType = UNSET
    version: Version | UnsetType = UNSET


def movement_of(body: Any, *, now: datetime, **named: Any) -> Movement:
    """Return a decoded movement body as a command takes it; `named` gives supplier, product and what the path knows.

    Raises ValidationFailed for moments that cannot be.
    """
    get = getattr
    occurred_at = moment_of(body.occurred_at, "#/occurredAt", not_after=now)
    counted_at = moment_of(get(body, "counted_at", None), "#/countedAt", not_after=now)
    disposition = get(body, "disposition", None)
    reservation_id = get(body, "reservation_id", None)
    return Movement(
        type=MovementType(body.__struct_config__.tag),
        quantity=body.quantity,
        unit=body.unit_of_measure,
        warehouse_id=body.warehouse_location,
        batch_number=body.batch_number,
        expires_at=expiry_of(get(body, "expiration_date", None)),
        to_warehouse_id=get(body, "to_warehouse_location", None),
        reservation_id=decode_id("res", reservation_id) if reservation_id else None,
        # Whether it has passed is for the command to judge, after the claim of the key.
        reservation_expires_at=moment_of(get(body, "expires_at", None), "#/expiresAt"),
        disposition=Disposition(disposition) if disposition else None,
        reference=body.reference,
        reason=body.reason,
        occurred_at=occurred_at,
        counted_at=counted_at,
        beneficiary_id=get(body, "for_retail_partner_id", None),
        source=get(body, "source", None),
        **named,
    )


def moment_of(moment: datetime | None, pointer: str, *, not_after: datetime | None = None) -> datetime | None:
    """Return a moment in UTC; with `not_after`, which is now, one that has passed, give or take what clocks differ by.

    Raises ValidationFailed for a moment that cannot be.
    """
    found = checked_moment(moment, pointer=pointer)
    if found is not None and not_after is not None and found > not_after + _CLOCK_TOLERANCE:
        raise _invalid(pointer, "The moment lies in the future.")
    return found


def expiry_of(text: str | None) -> datetime | None:
    """Return the moment at which a batch expires; a bare date means the end of that day in UTC.

    Raises ValidationFailed for a day or moment that does not exist.
    """
    if text is None:
        return None
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), tzinfo=UTC)
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return checked_moment(moment, pointer="#/expirationDate")
    except ValueError as error:
        raise _invalid("#/expirationDate", "There is no such date.") from error
    raise _invalid("#/expirationDate", "A moment needs its offset from UTC.")


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
