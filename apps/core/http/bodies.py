"""From bytes to a typed body, strictly: one gate for the structure, one definition (a msgspec Struct) for the shape."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, TypeVar

import msgspec

from apps.core.errors import FieldError, InvalidRequest, MalformedJson, UnknownField, ValidationFailed, member_of
from apps.core.structs import convert, decoder_of

MAX_DEPTH = 32
_PATH = re.compile(r" - at `(?P<path>.*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]*)`")
# Possessive, and content with a string that never ends: a search that gives back would be quadratic in the body.
_NOT_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[^"\[\]{}]++', re.DOTALL)
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

B = TypeVar("B")


class Body(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True, omit_defaults=False):
    """Base of request bodies: camelCase outside, unknown fields refused."""


class View(msgspec.Struct, rename="camel", kw_only=True):
    """Base of answers: camelCase outside."""


Text = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
LongText = Annotated[str, msgspec.Meta(max_length=4000)]
Code = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$",
        description="A code chosen by the caller or made here; case-sensitive, immutable, never reused.",
    ),
]
# A product where a body names one that exists: by its code, or by a code of the caller's own.
ProductCode = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63}|sku:[^\x00-\x1f\x7f-\x9f]{1,64})(?!\n)$",
        description="The product's code; of a supplier's or retail partner's client also its own: `sku:` and the code.",
    ),
]
Gtin = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{8,14}(?!\n)$",
        description="GTIN-8, -12, -13 or -14 with its check digit.",
        extra_json_schema={"format": "gtin"},
    ),
]
Gln = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[0-9]{13}(?!\n)$",
        description="GS1 Global Location Number with its check digit.",
        extra_json_schema={"format": "gln"},
    ),
]
Attributes = Annotated[
    dict[
        Annotated[str, msgspec.Meta(min_length=1, max_length=100)],
        Annotated[str, msgspec.Meta(max_length=1000)],
    ],
    msgspec.Meta(max_length=100, description="Free map of strings; keys are kept as they are."),
]
AttributesChange = Annotated[
    dict[
        Annotated[str, msgspec.Meta(min_length=1, max_length=100)],
        Annotated[str, msgspec.Meta(max_length=1000)] | None,
    ],
    msgspec.Meta(max_length=100, description="Attributes to set; null removes one."),
]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
# What answers say as text already: the format is for readers of the document, nothing is checked.
MomentText = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
DayText = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
Version = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1, description="The version that the caller read.")]


def parse_json(raw: bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises MalformedJson (syntax, duplicate keys, depth over 32, NaN) or ValidationFailed (NUL, lone surrogates).
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedJson("The body is not UTF-8.") from error
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise MalformedJson(f"The body is nested deeper than {MAX_DEPTH}.")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedJson(f"The body is not JSON: {error}"[:300]) from error
    if b"\\u" in raw:
        _refuse_unstorable(value, "#")
    return value


def decode_body(raw: bytes, type_: type[B]) -> tuple[B, Any]:
    """Return `raw` as `type_`, and as the plain value that the idempotency fingerprint is taken of.

    Raises MalformedJson, UnknownField or ValidationFailed with a pointer to the place.
    """
    plain = parse_json(raw)
    try:
        return decoder_of(type_).decode(raw), plain
    except msgspec.ValidationError as error:
        raise _shape_refusal(str(error)) from error
    except msgspec.DecodeError as error:
        raise MalformedJson(str(error)) from error


def shaped(value: Any, type_: type[B]) -> B:
    """Return a plain value as `type_`. Raises what `decode_body` raises for a wrong shape."""
    _refuse_unstorable(value, "#")
    try:
        return convert(value, type_)
    except msgspec.ValidationError as error:
        raise _shape_refusal(str(error)) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("an object has the same key twice")
    return value


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    for byte in _NOT_BRACKETS.sub(b"", raw):
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _refuse_unstorable(value: Any, pointer: str) -> None:
    """Refuse NUL and lone surrogates: PostgreSQL stores neither."""
    if isinstance(value, str):
        if _UNSTORABLE.search(value):
            raise _field_refusal(pointer, "The text has a NUL or a lone surrogate.")
    elif isinstance(value, dict):
        for key, member in value.items():
            if _UNSTORABLE.search(key):
                raise _field_refusal(pointer, "A key has a NUL or a lone surrogate.")
            _refuse_unstorable(member, member_of(pointer, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _refuse_unstorable(member, f"{pointer}/{index}")


def _shape_refusal(message: str) -> InvalidRequest:
    path = _PATH.search(message)
    pointer = _pointer(path["path"] if path else "$")
    detail = _PATH.sub("", message).replace("`", "'")
    unknown = _UNKNOWN.search(message)
    if unknown:
        error = FieldError(code="unknown_field", detail=detail, pointer=member_of(pointer, unknown["field"]))
        return UnknownField(detail, errors=[error])
    missing = _MISSING.search(message)
    if missing:
        pointer = member_of(pointer, missing["field"])
    return _field_refusal(pointer, detail, code="required" if missing else "invalid")


def _field_refusal(pointer: str, detail: str, code: str = "invalid") -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code=code, detail=detail, pointer=pointer)])


def _pointer(path: str) -> str:
    """Turn msgspec's `$.items[3].quantity` into `#/items/3/quantity`."""
    parts = re.findall(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]", path)
    pointer = "#"
    for name, index in parts:
        pointer = member_of(pointer, name) if name else f"{pointer}/{index.replace('...', '*')}"
    return pointer
