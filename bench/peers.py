"""The others: pgbench, Starlette with asyncpg, the typical project."""

from urllib.parse import urlsplit

import msgspec

from bench.bare import statement
from bench.books import await_relay, balanced
from bench.driving import Server, read, write
from bench.load.plan import request
from bench.measuring import pgbench
from bench.our_system import SALE, sale_for_kernel
from bench.samples import Sample
from bench.stage import BARE, TYPICAL, Stage
from sandbox.embedded.bootstrap import DATABASE

_JOBS = 2


def ceiling(stage: Stage, seconds: float) -> Sample:
    """Measure the load generator itself, against the receiver, which does nothing."""
    return read(stage, Server(stage.sink_port), [request("GET", "/", {})], seconds=seconds)


def pgbench_spread(stage: Stage, seconds: float, *, clients: int) -> Sample:
    """Measure the bare statement over every SKU."""
    return _pgbench_bare(stage, statement.SPREAD_SCRIPT, seconds, clients)


def pgbench_hot(stage: Stage, seconds: float, *, clients: int) -> Sample:
    """Measure the bare statement on one SKU."""
    return _pgbench_bare(stage, statement.HOT_SCRIPT, seconds, clients)


def pgbench_kernel(stage: Stage, seconds: float, *, clients: int) -> Sample:
    """Measure our kernel without API, a movement a call, over every SKU, as the application's role."""
    with balanced(stage, DATABASE) as answered:
        sample, answered[0] = kernel_calls(stage, seconds, clients=clients)
        await_relay(stage)
    return sample


def kernel_calls(stage: Stage, seconds: float, *, clients: int) -> tuple[Sample, int]:
    """Call the kernel from pgbench; return the sample and the number of movements."""
    script = f"\\set item random(1, {statement.SKUS})\n{sale_for_kernel(stage.moving.client)};\n"
    return _pgbench(stage, stage.settings["DATABASE_URL"], script, seconds, clients)


def starlette_spread(stage: Stage, seconds: float) -> Sample:
    """Measure Starlette with asyncpg over every SKU."""
    body = msgspec.json.encode(SALE)
    requests = [request("POST", f"/items/{number}/movements", {}, body) for number in range(1, statement.SKUS + 1)]
    with balanced(stage, BARE) as answered:
        sample, answered[0] = write(stage, _starlette(stage), requests, seconds=seconds)
    return sample


def starlette_read(stage: Stage, seconds: float) -> Sample:
    """Measure a GET from Starlette with asyncpg."""
    requests = [request("GET", f"/items/{number}", {}) for number in range(1, statement.SKUS + 1)]
    return read(stage, _starlette(stage), requests, seconds=seconds)


def typical_spread(stage: Stage, seconds: float) -> Sample:
    """Measure the typical project over every SKU."""
    headers = _bearer(stage)
    bodies = [msgspec.json.encode(SALE | {"item": number}) for number in range(1, statement.SKUS + 1)]
    requests = [request("POST", "/movements/", headers, body) for body in bodies]
    with balanced(stage, TYPICAL) as answered:
        sample, answered[0] = write(stage, _typical(stage), requests, seconds=seconds)
    return sample


def typical_read(stage: Stage, seconds: float) -> Sample:
    """Measure a GET from the typical project."""
    headers = _bearer(stage)
    requests = [request("GET", f"/items/{number}/", headers) for number in range(1, statement.SKUS + 1)]
    return read(stage, _typical(stage), requests, seconds=seconds)


def _pgbench_bare(stage: Stage, script: str, seconds: float, clients: int) -> Sample:
    with balanced(stage, BARE) as answered:
        sample, answered[0] = _pgbench(stage, stage.database_url(BARE), script, seconds, clients)
    return sample


def _pgbench(stage: Stage, url: str, script: str, seconds: float, clients: int) -> tuple[Sample, int]:
    jobs = min(_JOBS, clients)
    argv = (str(stage.pgbench), "-c", str(clients), "-j", str(jobs), urlsplit(url).geturl())
    return pgbench(argv, script=script, seconds=seconds, trees={"postgres": [stage.pid("postgres")]})


def _starlette(stage: Stage) -> Server:
    return Server(stage.starlette_port, [stage.starlette.pid])


def _typical(stage: Stage) -> Server:
    return Server(stage.typical_port, [stage.typical.pid])


def _bearer(stage: Stage) -> dict[str, str]:
    return {"Authorization": f"Bearer {stage.typical_token}"}
