"""Decoding and converting to types, safely from many threads.

msgspec builds what it knows of a type at the type's first use, and marks it as known before it is complete: a second
thread that uses it in that moment crashes the process. Here the first use of every type is one thread's alone; ruff
refuses `msgspec.convert` and `msgspec.json.decode` elsewhere.

It also frees a Struct's fields twice when the interpreter's last collection takes Structs that name each other, so that
a command that did its work could end by a segmentation fault. What lives at exit is therefore left to the operating
system: the last collection finds it frozen.
"""

import atexit
import gc
from threading import Lock
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

atexit.register(gc.freeze)

_lock = Lock()
_decoders: dict[Any, Any] = {}


def decoder_of(type_: type[T]) -> msgspec.json.Decoder[T]:
    """Return the one strict JSON decoder of a type."""
    decoder: msgspec.json.Decoder[T] | None = _decoders.get(type_)
    if decoder is None:
        with _lock:
            built: msgspec.json.Decoder[T] = _decoders.setdefault(type_, msgspec.json.Decoder(type_))
        return built
    return decoder


def convert(value: Any, type_: type[T], *, from_attributes: bool = False, strict: bool = True) -> T:
    """Return a plain value, or with `from_attributes` an object, as a type. Raises msgspec.ValidationError."""
    decoder_of(type_)  # builds the type
    return msgspec.convert(value, type_, from_attributes=from_attributes, strict=strict)
