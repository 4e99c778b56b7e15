"""Sending one load to one server of the stage."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.plan import Plan, Request
from bench.measuring import load
from bench.samples import Sample
from bench.stage import Stage

WRITERS, READERS = 64, 16
_WARM_UP_SECONDS = 0.7


@dataclass(frozen=True, slots=True)
class Server:
    """Whom to ask: its port, its processes, and those that work beside it."""

    port: int
    processes: Sequence[int] = ()
    beside: Sequence[int] = ()


def write(stage: Stage, server: Server, requests: list[Request], *, seconds: float) -> tuple[Sample, int]:
    """Post movements with 64 clients; return the sample and the number of movements answered in all."""
    return _drive(stage, server, requests, seconds=seconds, clients=WRITERS, expect=201)


def read(stage: Stage, server: Server, requests: list[Request], *, seconds: float, expect: int = 200) -> Sample:
    """Get with 16 clients."""
    return _drive(stage, server, requests, seconds=seconds, clients=READERS, expect=expect)[0]


def _drive(
    stage: Stage, server: Server, requests: list[Request], *, seconds: float, clients: int, expect: int
) -> tuple[Sample, int]:
    plan = Plan(
        port=server.port,
        connections=clients,
        seconds=seconds,
        warm_up_seconds=_WARM_UP_SECONDS,
        requests=requests,
        keyed=expect == 201,
    )
    trees = {"server": server.processes, "beside": server.beside, "postgres": [stage.pid("postgres")]}
    return load(plan, expect=expect, trees={name: pids for name, pids in trees.items() if pids})
