"""When two spellings are one: what people type twice is compared by what it says."""

import unicodedata
from collections.abc import Sequence
from hashlib import sha256

import msgspec

MAX_SEARCHED = 100


def spelled(text: str) -> str:
    """Return a text without what two spellings of the same may differ in: case, and spaces beyond one."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def closed_up(text: str) -> str:
    """Return a text as `spelled` does, without any space: `2.5 L` and `2.5L` are one engine."""
    return spelled(text).replace(" ", "")


def searched(spelling: str) -> str:
    """Return a spelling as an index takes it: a long one, which nobody types twice, is its digest."""
    return spelling if len(spelling) <= MAX_SEARCHED else sha256(spelling.encode()).hexdigest()


def key_of(*texts: Sequence[str]) -> str:
    """Return a key of fixed length, the same for the same texts: an index takes no text of any length."""
    return sha256(msgspec.json.encode(texts)).hexdigest()
