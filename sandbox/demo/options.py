"""What the demo was asked to do, by environment: `make demo FULL=1 ONCE=1 CHAOS=1` or `LINES=n`."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.demo.errors import DemoError

SHORT = 3000
_NO = frozenset({"", "0", "no", "false"})


@dataclass(frozen=True, slots=True)
class Options:
    """`limit` is the number of lines, None for all of them."""

    limit: int | None = SHORT
    once: bool = False
    chaos: bool = False


def read_options(environ: Mapping[str, str]) -> Options:
    """Read the environment. Raises DemoError for a LINES that is no positive number."""
    return Options(limit=_limit(environ), once=_is_set(environ, "ONCE"), chaos=_is_set(environ, "CHAOS"))


def _limit(environ: Mapping[str, str]) -> int | None:
    given = environ.get("LINES", "")
    if given:
        if not (given.isascii() and given.isdecimal() and int(given) > 0):
            message = f"LINES is the number of lines to replay, not {given!r}."
            raise DemoError(message)
        return int(given)
    return None if _is_set(environ, "FULL") else SHORT


def _is_set(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").lower() not in _NO
