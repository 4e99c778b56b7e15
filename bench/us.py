"""Our API, as `make up` runs it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bench.bare.statement import SKUS
from bench.books import await_relay, balanced, events_waiting
from bench.driving import Server, read, write
from bench.samples import Sample
from bench.stage import Stage
from sandbox.embedded.bootstrap import DATABASE

_BACKGROUND = ("worker", "beat", "dispatch")
_UNCHANGED_ITEMS = 200


def spread(stage: Stage, seconds: float) -> Sample:
    """Measure movements over every SKU, everything on."""
    return _movements(stage, seconds, skus=SKUS)


def hot(stage: Stage, seconds: float) -> Sample:
    """Measure movements of one SKU, everything on."""
    return _movements(stage, seconds, skus=1)


def spread_without_relay(stage: Stage, seconds: float) -> Sample:
    """Measure movements over every SKU while relay, dispatcher, worker and beat stand still."""
    with balanced(stage, DATABASE) as answered:
        with standing_still(stage):
            sample, answered[0] = write(stage, _server(stage), stage.moving.sales(SKUS), seconds=seconds)
        await_relay(stage)
    return replace(sample, note=f"{answered[0]} movements, none relayed meanwhile")


def one_read(stage: Stage, seconds: float) -> Sample:
    """Measure a GET of an item."""
    return read(stage, _server(stage), stage.moving.reads(SKUS), seconds=seconds)


def unchanged_read(stage: Stage, seconds: float) -> Sample:
    """Measure a conditional GET of an item that has not changed."""
    requests = stage.moving.unchanged_reads(_UNCHANGED_ITEMS)
    return read(stage, _server(stage), requests, seconds=seconds, expect=304)


def _movements(stage: Stage, seconds: float, *, skus: int) -> Sample:
    with balanced(stage, DATABASE) as answered:
        sample, answered[0] = write(stage, _server(stage), stage.moving.sales(skus), seconds=seconds)
        waiting = events_waiting(stage)
        took = await_relay(stage)
    return replace(sample, note=f"of {answered[0]} events {waiting} waited for the relay at the end, for {took:.1f} s")


def _server(stage: Stage) -> Server:
    return Server(stage.moving.port, [stage.pid("api")], _background(stage))


def _background(stage: Stage) -> list[int]:
    return [stage.pid(name) for name in _BACKGROUND]


@contextmanager
def standing_still(stage: Stage) -> Iterator[None]:
    """Stop relay, dispatcher, worker and beat for the length of the block, without ending them."""
    pids = _background(stage)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
