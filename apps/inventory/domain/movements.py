"""The table of kinds of movement: what each does to on hand, reserved and on hold, and what it needs.

It is data for the kernel (`kernel.sql`), which knows roads, not kinds:
`in` brings stock onto a level, `lost` brings it there and writes it off in one step, `out` takes or holds available
stock first-expired-first-out, `held` uses up what a reservation holds, `set` corrects one level, `lease` moves a
reservation's end, `batch` holds a batch or lets it go, `pool` shares an item out, `none` books nothing.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from apps.core.errors import FieldError, ValidationFailed
from apps.core.quantities import MAX_LINE_QUANTITY
from apps.inventory.types import Disposition, Movement, MovementType


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How the kernel applies a kind: the road, and the sign of the quantity on each balance."""

    road: str
    on_hand: int = 0
    reserved: int = 0
    on_hold: int = 0
    unexpired: bool = False  # expired batches do not count and are not touched
    from_hold: bool = False  # stock on hold may be taken where available stock does not suffice
    absolute: bool = False  # the quantity is what shall lie there, not a difference
    creates: bool = False  # the item comes into being with it
    promises: bool = False  # it takes stock off the market for somebody: the pools of others bind it
    displaces: bool = False  # what reservations hold has to give way, the newest first

    def as_json(self) -> dict[str, Any]:
        """Return the rule as the kernel reads it."""
        names = {"on_hand": "onHand", "on_hold": "onHold", "from_hold": "fromHold"}
        return {names.get(name, name): value for name, value in asdict(self).items()}


_SALE = Rule(road="out", on_hand=-1, unexpired=True, promises=True)
RULES: dict[tuple[MovementType, str | None], Rule] = {
    (MovementType.RECEIPT, None): Rule(road="in", on_hand=1, creates=True),
    (MovementType.SALE, None): _SALE,
    (MovementType.RESERVATION, None): Rule(road="out", reserved=1, unexpired=True, promises=True),
    (MovementType.RELEASE, None): Rule(road="held", reserved=-1),
    (MovementType.SHIPMENT, None): _SALE,
    (MovementType.SHIPMENT, "held"): Rule(road="held", on_hand=-1, reserved=-1),
    (MovementType.RETURN, None): Rule(road="in", on_hand=1, creates=True),
    (MovementType.RETURN, Disposition.RESTOCK): Rule(road="in", on_hand=1, creates=True),
    (MovementType.RETURN, Disposition.QUARANTINE): Rule(road="in", on_hand=1, on_hold=1, creates=True),
    (MovementType.DAMAGE, None): Rule(road="out", on_hold=1, displaces=True),
    (MovementType.DAMAGE, Disposition.HOLD): Rule(road="out", on_hold=1, displaces=True),
    (MovementType.DAMAGE, Disposition.SCRAP): Rule(road="out", on_hand=-1, from_hold=True, displaces=True),
    (MovementType.ADJUSTMENT, None): Rule(road="set", on_hand=1, creates=True),
    (MovementType.TRANSFER, None): Rule(road="out", on_hand=-1, unexpired=True, promises=True),
    (MovementType.COUNT, None): Rule(road="set", absolute=True, creates=True, displaces=True),
}
# What a PATCH books: the difference to an absolute level, as an adjustment; or settings alone.
CORRECTION = Rule(road="set", absolute=True)
SETTINGS = Rule(road="none")
# The two steps of a transfer that takes time, and what its destination may expect.
DEPARTURE = Rule(road="out", on_hand=-1, unexpired=True)
DELIVERY = Rule(road="out", on_hand=-1, unexpired=True, promises=True)  # out of the house, to a retail partner
ARRIVAL = Rule(road="in", on_hand=1, creates=True)
TAKEN_BACK = Rule(road="in", on_hand=1, creates=True, promises=True)  # a delivery that never arrived
LOST = Rule(road="lost", on_hand=1, creates=True)
EXPECTATION = Rule(road="none", creates=True)
# Held for an order, whether there is stock or it is waited for.
BACK_ORDER = Rule(road="out", reserved=1, unexpired=True, promises=True, creates=True)
# What a partner sends back leaves its own item, whatever its state.
SENT_BACK = Rule(road="out", on_hand=-1, from_hold=True)
EXTENSION = Rule(road="lease")
BATCH_HOLD = Rule(road="batch")
POOL = Rule(road="pool")

_RULES_JSON = {kind: rule.as_json() for kind, rule in RULES.items()}
_REASON = frozenset({MovementType.DAMAGE, MovementType.ADJUSTMENT})
_PLACE = frozenset({MovementType.RECEIPT, MovementType.RETURN, MovementType.COUNT, MovementType.TRANSFER})


def rule_json(movement: Movement) -> dict[str, Any]:
    """Return the rule of a movement as the kernel reads it.

    Raises ValidationFailed for a disposition that the kind does not know.
    """
    variant: str | None = movement.disposition
    if movement.type is MovementType.SHIPMENT and movement.reservation_id is not None:
        variant = "held"
    rule = _RULES_JSON.get((movement.type, variant))
    if rule is None:
        raise _invalid("#/disposition", f"A {movement.type} has no disposition {variant!r}.")
    return rule


def check(movement: Movement) -> None:
    """Refuse a movement that lacks what its kind needs, whatever is in stock.

    Raises ValidationFailed with a pointer to what is wrong.
    """
    kind = movement.type
    _check_quantity(movement)
    if kind in _REASON and not movement.reason:
        raise _invalid("#/reason", f"A movement of type {kind} needs a reason.")
    if kind in _PLACE and movement.warehouse_id is None:
        raise _invalid("#/warehouseLocation", f"A movement of type {kind} needs a warehouseLocation.")
    if kind is MovementType.RELEASE and movement.reservation_id is None:
        raise _invalid("#/reservationId", "A release needs the reservationId.")
    if kind is MovementType.TRANSFER and movement.to_warehouse_id is None:
        raise _invalid("#/toWarehouseLocation", "A transfer needs a toWarehouseLocation.")
    if kind is MovementType.TRANSFER and movement.to_warehouse_id == movement.warehouse_id:
        raise _invalid("#/toWarehouseLocation", "A transfer leads to another warehouse.")


def check_lease(expires_at: datetime | None, *, now: datetime, pointer: str = "#/expiresAt") -> None:
    """Refuse a reservation that would have lapsed when it is made.

    Unlike `check` it asks the clock, so it comes after the claim of the key: a request that is repeated when its lease
    has lapsed is told what it was told first. Raises ValidationFailed with a pointer.
    """
    if expires_at is not None and expires_at <= now:
        raise lapsed_lease(pointer)


def lapsed_lease(pointer: str = "#/expiresAt") -> ValidationFailed:
    """Return the refusal of a reservation that would be over before it begins."""
    return _invalid(pointer, "A reservation expires in the future.")


def _check_quantity(movement: Movement) -> None:
    kind, quantity = movement.type, movement.quantity
    if quantity is None:
        if movement.unit is not None:
            raise _invalid("#/unitOfMeasure", "A unit needs the quantity that it counts.")
        if kind is MovementType.RELEASE:
            return
        raise _invalid("#/quantity", "A quantity is needed.")
    lowest = {MovementType.ADJUSTMENT: -MAX_LINE_QUANTITY, MovementType.COUNT: 0}.get(kind, 1)
    if not lowest <= quantity <= MAX_LINE_QUANTITY:
        raise _invalid("#/quantity", f"The quantity of a {kind} is from {lowest} to {MAX_LINE_QUANTITY}.")
    if kind is MovementType.ADJUSTMENT and quantity == 0:
        raise _invalid("#/quantity", "An adjustment changes something: its quantity is not 0.")


def _invalid(pointer: str, detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer=pointer)])
