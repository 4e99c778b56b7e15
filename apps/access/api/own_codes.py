"""A party's own codes of products, `sku:` and the code: wherever a request names a product, before anybody else looks.

What they stand for is told by the function that `settings.PRODUCT_CODES` names, because products lie above this app. A
code that stands for nothing stays as it is: no product is called so, and what follows answers as for one that is not
there. The fingerprint of the request is taken of what was sent: a repeated request is the same one, whatever its codes
stand for by now.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from apps.core.codes import OWN_CODE_PREFIX, OwnCode
from apps.core.context import CallContext
from apps.core.errors import FieldError, ValidationFailed, member_of

_PATH = "product_id"
_PARAMETER = "productId"
_QUANTITIES = ("quantity", "received", "minimum_quantity", "order_multiple")
# What is always in base units, or is where the body has no unit beside it.
_COUNTS = (*_QUANTITIES, "damaged", "inventory_level", "reorder_threshold", "reorder_thresholds")
_MARK = OWN_CODE_PREFIX.encode()


def speaks_own_codes(raw: bytes, path: Mapping[str, str], params: Mapping[str, str]) -> bool:
    """Tell, without a look at anything stored, whether the request may name a product by a code of the caller's own."""
    return (
        _MARK in raw
        or b"\\u" in raw  # a letter of the mark may be written so
        or path.get(_PATH, "").startswith(OWN_CODE_PREFIX)
        or OWN_CODE_PREFIX in params.get(_PARAMETER, "")
    )


def translated(
    ctx: CallContext, body: Any, path: dict[str, str], params: Mapping[str, str]
) -> tuple[dict[str, str], Mapping[str, str], Mapping[str, OwnCode | None]]:
    """Put products in the place of the caller's own codes: in the body, which is changed, the path and the filter.

    Returns path, parameters and what each code stands for, None for one that stands for nothing. A quantity beside such
    a code counts the code's unit, where it names none itself. Raises ValidationFailed where only base units can be
    meant and the code has another: a case is not counted as a piece.
    """
    named = list(_named(body, "#"))
    asked = params.get(_PARAMETER, "").split(",")
    sent = {path.get(_PATH, ""), *asked, *(code for place, _ in named for code in _codes(place))}
    codes = {code for code in sent if code.startswith(OWN_CODE_PREFIX)}
    if not codes:
        return path, params, {}
    known: Mapping[str, OwnCode] = import_string(settings.PRODUCT_CODES)(ctx, codes)

    def product(code: str) -> str:
        return known[code].product_id if code in known else code

    for place, pointer in named:
        of_line = known.get(place.product_id) if isinstance(place.product_id, str) else None
        place.product_id = _each(place.product_id, product)
        _count_units(place, of_line, pointer)
    if _PATH in path:
        _count_units(body, known.get(path[_PATH]), "#")
        path = {**path, _PATH: product(path[_PATH])}
    if _PARAMETER in params:
        params = {**params, _PARAMETER: ",".join(map(product, asked))}
    return path, params, {code: known.get(code) for code in codes}


def _named(value: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    """Yield the parts of a body that name products, each with its JSON Pointer."""
    if isinstance(value, list):
        for index, member in enumerate(value):
            yield from _named(member, f"{pointer}/{index}")
    elif isinstance(value, msgspec.Struct):
        for name, outer in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            if name == _PATH:
                yield value, pointer
            else:
                yield from _named(getattr(value, name), f"{pointer}/{outer}")


def _codes(place: Any) -> list[str]:
    given = place.product_id
    return [given] if isinstance(given, str) else [code for code in given or () if isinstance(code, str)]


def _each(given: Any, product: Any) -> Any:
    if isinstance(given, str):
        return product(given)
    return [product(code) for code in given] if isinstance(given, list) else given


def _count_units(place: Any, code: OwnCode | None, pointer: str) -> None:
    if code is None or code.unit_of_measure is None:
        return
    counts = [name for name in _COUNTS if getattr(place, name, None) not in (None, msgspec.UNSET)]
    if counts and not hasattr(place, "unit_of_measure"):
        detail = f"This counts base units, and the code stands for {code.unit_of_measure}: name the product itself."
        outer = dict(zip(place.__struct_fields__, place.__struct_encode_fields__, strict=True))
        errors = [FieldError(code="invalid", detail=detail, pointer=member_of(pointer, outer[name])) for name in counts]
        raise ValidationFailed(detail, errors=errors)
    if any(name in _QUANTITIES for name in counts) and place.unit_of_measure is None:
        place.unit_of_measure = code.unit_of_measure
