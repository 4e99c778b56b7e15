"""Codes that callers may choose."""

import re
from dataclasses import dataclass

from apps.core.errors import FieldError, ValidationFailed
from apps.core.ids import CODE_PATTERN, new_id

# Words that stand where a code may stand in a path (/v1/inventory/transactions).
RESERVED_WORDS = frozenset(
    {
        "alerts",
        "allocations",
        "batch",
        "batches",
        "changes",
        "counts",
        "default",
        "explain",
        "forecast",
        "reservations",
        "reviews",
        "stream",
        "transactions",
        "transfers",
    }
)


# Before a party's own code of a product, where a product's code is expected: no code that is chosen here has a colon.
OWN_CODE_PREFIX = "sku:"


@dataclass(frozen=True, slots=True)
class OwnCode:
    """What a party's own code stands for: a product, and a unit of it other than the base unit, if it has one."""

    product_id: str
    unit_of_measure: str | None


def chosen_or_new(code: str | None, *, prefix: str, pointer: str, reserved: frozenset[str] = frozenset()) -> str:
    """Return the caller's code, or a fresh one with the prefix.

    Raises ValidationFailed for a word that the API's paths use.
    """
    if code is None:
        return new_id(prefix)
    if code in reserved:
        detail = f"{code!r} is a word of the API's own paths."
        raise ValidationFailed(detail, errors=[FieldError(code="reserved", detail=detail, pointer=pointer)])
    return code


def checked_code(code: str, *, parameter: str) -> str:
    """Return a code that came in the path.

    Raises ValidationFailed where it does not look like one.
    """
    if re.match(CODE_PATTERN, code):
        return code
    detail = "A code is 1 to 64 letters, digits, dots, underscores and hyphens, and starts with a letter or digit."
    raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, parameter=parameter)])
