"""Identifiers: a prefix and a time-ordered UUID (RFC 9562, version 7) in Crockford's base32, lower case.

Callers may choose codes of their own (`CODE_PATTERN`); what they do not choose is made here.
"""

import os
import time
from datetime import datetime
from uuid import UUID

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
ENCODED_LENGTH = 26
# `(?!\n)`: Python's `$` also matches before a trailing newline.
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}(?!\n)$"
CODE_MAX_LENGTH = 64


def uuid7() -> UUID:
    """Return a new UUID whose order follows the clock's milliseconds."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & ((1 << 48) - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def new_id(prefix: str) -> str:
    """Return a fresh identifier such as `sup_01k9…`."""
    return encode_id(prefix, uuid7())


def encode_id(prefix: str, value: UUID) -> str:
    """Return `<prefix>_` and 26 characters."""
    number = value.int
    letters = [ALPHABET[number >> shift & 31] for shift in range(125, -1, -5)]
    return f"{prefix}_{''.join(letters)}"


def decode_id(prefix: str, text: str) -> UUID | None:
    """Return the UUID in `text`, or None where `text` is not an identifier that `encode_id` makes."""
    head, separator, tail = text.partition("_")
    if head != prefix or not separator or len(tail) != ENCODED_LENGTH or tail[0] > "7":
        return None
    number = 0
    for letter in tail:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return UUID(int=number)


def first_uuid7(moment: datetime) -> UUID:
    """Return the smallest UUID of version 7 of a moment: a bound for ids in time order."""
    return UUID(int=int(moment.timestamp() * 1000) << 80 | 0x7 << 76 | 0x2 << 62)
