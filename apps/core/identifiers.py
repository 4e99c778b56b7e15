"""GS1 identifiers. `biip` knows the rules; here they become refusals that name the field."""

from biip import ParseError
from biip.gln import Gln
from biip.gtin import Gtin
from biip.sscc import Sscc

from apps.core.errors import FieldError, InvalidCheckDigit


def checked_gtin(value: str | None, *, pointer: str = "#/gtin") -> str | None:
    """Return the GTIN as 14 digits (GTIN-8, -12 and -13 are padded), or None for None.

    Raises InvalidCheckDigit where `value` is not a GTIN.
    """
    if value is None:
        return None
    try:
        return Gtin.parse(value).as_gtin_14()
    except ParseError as error:
        raise _refusal("GTIN", pointer) from error


def checked_gln(value: str | None, *, pointer: str = "#/gln") -> str | None:
    """Return the 13-digit GLN, or None for None.

    Raises InvalidCheckDigit where `value` is not a GLN.
    """
    if value is None:
        return None
    try:
        return Gln.parse(value).value
    except ParseError as error:
        raise _refusal("GLN", pointer) from error


def checked_sscc(value: str | None, *, pointer: str) -> str | None:
    """Return the 18-digit SSCC, or None for None.

    Raises InvalidCheckDigit where `value` is not an SSCC.
    """
    if value is None:
        return None
    try:
        return Sscc.parse(value).value
    except ParseError as error:
        raise _refusal("SSCC", pointer) from error


def _refusal(name: str, pointer: str) -> InvalidCheckDigit:
    detail = f"This is not a valid {name}."
    return InvalidCheckDigit(detail, errors=[FieldError(code="invalid_check_digit", detail=detail, pointer=pointer)])
