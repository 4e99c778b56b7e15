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


class BatchExpired(errors.Conflict):
    code = "batch_expired"
    title = "The batch has expired"


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


# Those that are what they are; the others depend on how the caller asked.
_PLAIN: dict[str, type[errors.Refusal]] = {
    "insufficient_stock": InsufficientStock,
    "ambiguous_level": AmbiguousLevel,
    "not_permitted": errors.Forbidden,
    "idempotency_key_reused": errors.KeyReused,
    "already_exists": errors.AlreadyExists,
    "batch_expired": BatchExpired,
    "invalid_state": errors.InvalidState,
}


def refusal_of(code: str, facts: dict[str, Any], expected: ExpectedVersion | None) -> errors.Refusal:
    """Return the kernel's refusal as the exception that it is."""
    match code:
        case "version_conflict":
            by_header = expected is not None and expected.by_header
            return (errors.PreconditionFailed if by_header else errors.VersionConflict)(**facts)
        case "not_found":
            pointer = _FIELDS.get(str(facts.get("field")))
            if pointer is None:
                return errors.NotFound()
            if "member" in facts:
                pointer = f"{pointer}/{facts['member']}"
            detail = "There is no such resource."
            return UnknownReference(errors=[errors.FieldError(code="not_found", detail=detail, pointer=pointer)])
        case _ if code in _PLAIN:
            return _PLAIN[code](**facts)
    raise ValueError(f"the kernel refused with an unknown code: {code}")
