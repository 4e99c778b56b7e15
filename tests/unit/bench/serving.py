"""A program of the bench that answers, for the length of a block."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from bench.http import ask
from tests.support.processes import child

_START_SECONDS = 30.0
_POLL_SECONDS = 0.05


@contextmanager
def serving(
    argv: Sequence[str], port: int, path: str, *, expect: int = 200, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run `python` with `argv` and yield when GET `path` answers `expect`."""
    with child(("python", *argv), env, name=argv[1]) as started:
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            try:
                ask(port, "GET", path, expect=expect)
                break
            except OSError:
                assert started.exit_code() is None
                assert time.monotonic() < give_up_at
                time.sleep(_POLL_SECONDS)
        yield
