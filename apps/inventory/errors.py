"""Refusals of stock."""

from typing import Any

from apps.core import errors
from apps.core.preconditions import ExpectedVersion


class InsufficientStock(errors.Conflict):
    code = "insufficient_stock"
    title = "There is not enough stock available"


class AmbiguousLevel(errors.InvalidRequest):
    code = "ambiguous_level"
    title = "The item has several levels: name warehouseLocation, and batchNumber where there are batches"


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
            return errors.InvalidState(**facts)
    raise ValueError(f"the kernel refused with an unknown code: {code}")


def _validation_failed(detail: str, pointer: str, **facts: Any) -> errors.ValidationFailed:
    error = errors.FieldError(code="invalid", detail=detail, pointer=pointer)
    return errors.ValidationFailed(detail, errors=[error], **facts)
