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


class OtherExpiry(errors.InvalidState):
    """The batch is known already and expires at another moment, or never."""

    def sentence(self, facts: Mapping[str, Any]) -> str:
        expiry = facts["expirationDate"]
        return f"The batch is known already and {f'expires at {expiry}' if expiry else 'never expires'}."


class InexactConversion(errors.InvalidRequest):
    code = "inexact_conversion"
    title = "The quantity is not whole in the product's base unit"


class UnknownReference(errors.NotFound):
    code = "not_found"
    title = "There is no such resource"


_FIELDS = {
    "warehouse": "#/warehouseLocation",
    "toWarehouse": "#/toWarehouseLocation",
    "reservation": "#/reservationId",
}

# Which state does not allow a line: told by the fact that comes with it.
_STATES: dict[str, type[errors.InvalidState]] = {
    "maximumAttributes": TooManyAttributes,
    "maximum": LevelTooHigh,
    "expirationDate": OtherExpiry,
}


def refusal_of(  # noqa: C901, PLR0911 -- a table, read as one
    code: str, facts: dict[str, Any], expected: ExpectedVersion | None
) -> errors.Refusal:
    """Return the kernel's refusal as the exception that it is."""
    match code:
        case "insufficient_stock":
            return InsufficientStock(**facts)
        case "ambiguous_level":
            return AmbiguousLevel(**facts)
        case "inexact_conversion":
            return InexactConversion(**facts)
        case "unknown_unit":
            detail = "The product has no packaging of this unit."
            return _validation_failed(detail, "#/unitOfMeasure", unitsOfMeasure=facts["unitsOfMeasure"])
        case "invalid_quantity":
            detail = f"The quantity is more than {facts['maximum']} base units."
            return _validation_failed(detail, "#/quantity", maximum=facts["maximum"])
        case "validation_error":  # a refused line of a batch, read back; its errors stand beside it
            return errors.ValidationFailed(**facts)
        case "version_conflict":
            by_header = expected is not None and expected.by_header
            return (errors.PreconditionFailed if by_header else errors.VersionConflict)(**facts)
        case "not_found":
            pointer = _FIELDS.get(str(facts.get("field")))
            if pointer is None:
                return errors.NotFound()
            detail = "There is no such resource."
            return UnknownReference(errors=[errors.FieldError(code="not_found", detail=detail, pointer=pointer)])
        case "not_permitted":
            return errors.Forbidden()
        case "idempotency_key_reused":
            return errors.KeyReused()
        case "invalid_state":
            return next((kind for fact, kind in _STATES.items() if fact in facts), errors.InvalidState)(**facts)
    raise ValueError(f"the kernel refused with an unknown code: {code}")


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"


def _validation_failed(detail: str, pointer: str, **facts: Any) -> errors.ValidationFailed:
    error = errors.FieldError(code="invalid", detail=detail, pointer=pointer)
    return errors.ValidationFailed(detail, errors=[error], **facts)
