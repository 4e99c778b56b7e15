"""Refusals of stock."""

from collections.abc import Mapping
from typing import Any

from apps.core import errors
from apps.core.preconditions import ExpectedVersion


class InsufficientStock(errors.Conflict):
    code = "insufficient_stock"
    title = "There is not enough stock available"

    def sentence(self, facts: Mapping[str, Any]) -> str:
        if not {"available", "requested"} <= facts.keys():
            return ""
        available, requested = facts["available"], facts["requested"]
        asked = f"{_many(requested, 'was', 'were')} asked for"
        if "reservationState" in facts:
            return f"The reservation is {facts['reservationState']} and has {available or 'nothing'} left; {asked}."
        if "reserved" in facts:
            kept = f"{facts['reserved']} reserved and {facts['onHold']} on hold"
            return f"{requested} cannot be taken away: {_many(available, 'is', 'are')} free, {kept}."
        return f"{_many(available, 'is', 'are')} available, {asked}."


class AmbiguousLevel(errors.InvalidRequest):
    code = "ambiguous_level"
    title = "The item has several levels: name warehouseLocation, and batchNumber where there are batches"

    def sentence(self, facts: Mapping[str, Any]) -> str:
        return f"{len(facts['levels'])} levels may be meant: `levels` has them." if "levels" in facts else ""


class TooManyAttributes(errors.InvalidState):
    says = "An item has at most {maximumAttributes} attributes."


class LevelTooHigh(errors.InvalidState):
    says = "A level holds at most {maximum}."


class ReservationEnded(errors.InvalidState):
    says = "The reservation is {reservationStatus}."


class HeldForOrder(errors.InvalidState):
    says = "It is held for an {reservationOf}, which alone gives it up or ships it."


class OtherLease(errors.InvalidState):
    """The reservation lapses at a moment that cannot be moved to the one that was asked for."""

    def sentence(self, facts: Mapping[str, Any]) -> str:
        lapses = facts["expiresAt"]
        return f"The reservation lapses at {lapses} already." if lapses else "The reservation does not lapse."


class OtherExpiry(errors.InvalidState):
    """The batch is known already and expires at another moment, or never."""

    def sentence(self, facts: Mapping[str, Any]) -> str:
        expiry = facts["expirationDate"]
        return f"The batch is known already and {f'expires at {expiry}' if expiry else 'never expires'}."


class InexactConversion(errors.InvalidRequest):
    code = "inexact_conversion"
    title = "The quantity is not whole in the product's base unit"

    def sentence(self, facts: Mapping[str, Any]) -> str:
        if not {"requested", "unitOfMeasure", "nearestQuantities"} <= facts.keys():
            return ""
        nearest = " and ".join(str(quantity) for quantity in facts["nearestQuantities"])
        return f"{facts['requested']} {facts['unitOfMeasure']} is not a whole number of base units; {nearest} would be."


class BatchExpired(errors.Conflict):
    code = "batch_expired"
    title = "The batch has expired"
    says = "Batch {batchNumber} has expired."


class UnknownReference(errors.NotFound):
    code = "not_found"
    title = "There is no such resource"


_FIELDS = {
    "warehouse": "#/warehouseLocation",
    "toWarehouse": "#/toWarehouseLocation",
    "reservation": "#/reservationId",
    "beneficiary": "#/forRetailPartnerId",
    "reorderThresholds": "#/reorderThresholds",
}

# Which state does not allow a line: told by the fact that comes with it.
_STATES: dict[str, type[errors.InvalidState]] = {
    "maximumAttributes": TooManyAttributes,
    "maximum": LevelTooHigh,
    "reservationOf": HeldForOrder,
    "expirationDate": OtherExpiry,
    "expiresAt": OtherLease,
}


# Those that are what they are; the others depend on what is said with them, or on how the caller asked.
_PLAIN: dict[str, type[errors.Refusal]] = {
    "insufficient_stock": InsufficientStock,
    "ambiguous_level": AmbiguousLevel,
    "inexact_conversion": InexactConversion,
    "not_permitted": errors.Forbidden,
    "idempotency_key_reused": errors.KeyReused,
    "already_exists": errors.AlreadyExists,
    "batch_expired": BatchExpired,
    # A refused line of a batch, read back; its errors stand beside it.
    "validation_error": errors.ValidationFailed,
}


def refusal_of(code: str, facts: dict[str, Any], expected: ExpectedVersion | None) -> errors.Refusal:
    """Return the kernel's refusal as the exception that it is."""
    match code:
        case "unknown_unit":
            detail = "The product has no packaging of this unit."
            return _validation_failed(detail, "#/unitOfMeasure", unitsOfMeasure=facts["unitsOfMeasure"])
        case "invalid_quantity":
            detail = f"The quantity is more than {facts['maximum']} base units."
            return _validation_failed(detail, "#/quantity", maximum=facts["maximum"])
        case "not_found":
            pointer = _FIELDS.get(str(facts.get("field")))
            return _not_found(f"{pointer}/{facts['member']}" if pointer and "member" in facts else pointer)
        case "invalid_state":
            kind = next((kind for fact, kind in _STATES.items() if fact in facts), errors.InvalidState)
        case "version_conflict":
            by_header = expected is not None and expected.by_header
            return (errors.PreconditionFailed if by_header else errors.VersionConflict)(**facts)
        case _ if code in _PLAIN:
            return _PLAIN[code](**facts)
        case _:
            raise ValueError(f"the kernel refused with an unknown code: {code}")
    return kind(**facts)


def _not_found(pointer: str | None) -> errors.NotFound:
    if pointer is None:
        return errors.NotFound()
    detail = "There is no such resource."
    return UnknownReference(errors=[errors.FieldError(code="not_found", detail=detail, pointer=pointer)])


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _validation_failed(detail: str, pointer: str, **facts: Any) -> errors.ValidationFailed:
    error = errors.FieldError(code="invalid", detail=detail, pointer=pointer)
    return errors.ValidationFailed(detail, errors=[error], **facts)
