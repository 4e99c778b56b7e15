"""From bytes to a body: strict, and linear in the size of what comes in."""

import time
from typing import Any

import pytest

from apps.core.errors import MalformedJson, Refusal, UnknownField, ValidationFailed
from apps.core.http.bodies import Body, decode_body, parse_json


class Line(Body):
    some_name: int
    inner: "Line | None" = None


class Lines(Body):
    items: list[Line]


@pytest.mark.parametrize("depth", [1, 32])
def test_thirty_two_levels_are_taken(depth: int) -> None:
    assert parse_json(b"[" * depth + b"]" * depth) is not None


@pytest.mark.parametrize("raw", [b"[" * 33 + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 1_000_000])
def test_thirty_three_are_not(raw: bytes) -> None:
    with pytest.raises(MalformedJson, match="nested deeper than 32"):
        parse_json(raw)


def test_brackets_in_strings_are_text() -> None:
    for text in ("[" * 100, "]" * 100, '\\"[' * 100, "\\\\" + "{" * 50):
        assert parse_json(f'{{"a":"{text}"}}'.encode()) is not None
    assert parse_json(b"[" + b"[]," * 100 + b"[]]") == [[]] * 101


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 33 + b'"' + b'\\"' * 500_000,
        b"[" * 33 + b'"' * 1_000_001,
        b"[" * 33 + b"\\" * 1_000_000,
        b"[" * 33 + b'"\\' * 500_000,
        b"[" * 33 + b"a" * 1_000_000,
    ],
    ids=["an endless string of escapes", "quotes", "backslashes", "half escapes", "letters"],
)
def test_a_mebibyte_of_malice_takes_a_moment(raw: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedJson):
        parse_json(raw)
    assert time.process_time() - started < 5  # the quadratic search that this forbids takes hours


@pytest.mark.parametrize(
    ("raw", "error", "code", "pointer"),
    [
        (b'{"items":[{"someName":1},{"someName":"2"}]}', ValidationFailed, "invalid", "#/items/1/someName"),
        (b'{"items":[{"someName":5.0}]}', ValidationFailed, "invalid", "#/items/0/someName"),
        (b'{"items":[{"someName":true}]}', ValidationFailed, "invalid", "#/items/0/someName"),
        (b'{"items":[{}]}', ValidationFailed, "required", "#/items/0/someName"),
        (b"{}", ValidationFailed, "required", "#/items"),
        (b'{"items":[{"someName":1,"some_name":2}]}', UnknownField, "unknown_field", "#/items/0/some_name"),
        (b'{"items":[],"a/b~c":1}', UnknownField, "unknown_field", "#/a~1b~0c"),
        (
            b'{"items":[{"someName":1,"inner":{"someName":1,"x":1}}]}',
            UnknownField,
            "unknown_field",
            "#/items/0/inner/x",
        ),
        (b'{"items":["\\ud800"]}', ValidationFailed, "invalid", "#/items/0"),
    ],
)
def test_the_wrong_place_is_pointed_at(raw: bytes, error: type[Refusal], code: str, pointer: str) -> None:
    with pytest.raises(error) as refused:
        decode_body(raw, Lines)
    (place,) = refused.value.errors
    assert (place.code, place.pointer) == (code, pointer)


@pytest.mark.parametrize("raw", [b'{"someName":1}', b' {"someName" : -0 }\n'])
def test_a_body_is_typed_and_plain(raw: bytes) -> None:
    body, plain = decode_body(raw, Line)
    value: Any = body.some_name
    assert plain == {"someName": value}
