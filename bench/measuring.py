"""Running one load against one side, and whose processor time it took."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec

from bench.cpu import machine_seconds, tree_seconds
from bench.errors import BenchFailed
from bench.load.plan import Plan, Seen
from bench.samples import Sample
from sandbox.state_dir import CHECKOUT

_GRACE_SECONDS = 60.0
_seen = msgspec.json.Decoder(Seen)


@dataclass(slots=True)
class Meter:
    """Processor seconds of a block: of each named tree, and the strangers' share of the machine."""

    cpu_seconds: dict[str, float]
    foreign: float = 0.0

    def per_answer(self, answers: int) -> dict[str, float]:
        """Return milliseconds of processor time per answer."""
        return {name: seconds * 1000 / max(answers, 1) for name, seconds in self.cpu_seconds.items()}


@contextmanager
def metered(trees: Mapping[str, Sequence[int]]) -> Iterator[Meter]:
    """Measure the block; the meter is filled when it ends."""
    meter = Meter(dict.fromkeys(trees, 0.0))
    started, busy, own = time.monotonic(), machine_seconds(), tree_seconds(os.getpid())
    before = {name: tree_seconds(*pids) for name, pids in trees.items()}
    yield meter
    meter.cpu_seconds = {name: tree_seconds(*pids) - before[name] for name, pids in trees.items()}
    foreign = machine_seconds() - busy - (tree_seconds(os.getpid()) - own)
    meter.foreign = max(foreign, 0.0) / ((time.monotonic() - started) * (os.cpu_count() or 1))


def load(plan: Plan, *, expect: int, trees: Mapping[str, Sequence[int]]) -> tuple[Sample, int]:
    """Run a plan in a process of its own; return the sample and how often `expect` was answered in all.

    Raises BenchFailed where anything else was answered, or a connection broke.
    """
    with metered(trees) as meter:
        seen = _generate(plan)
    answers = seen.answers.get(expect, 0)
    if seen.broken or set(seen.answers) - {expect}:
        raise BenchFailed(f"Answers {seen.answers}, broken connections {seen.broken}: all should have been {expect}.")
    cpu_ms = meter.per_answer(answers) | {"load": seen.cpu_seconds * 1000 / max(answers, 1)}
    sample = Sample(
        per_second=seen.per_second, p50_ms=seen.p50_ms, p99_ms=seen.p99_ms, cpu_ms=cpu_ms, foreign=meter.foreign
    )
    return sample, answers


def pgbench(
    argv: Sequence[str], *, script: str, seconds: float, trees: Mapping[str, Sequence[int]]
) -> tuple[Sample, int]:
    """Run a script in pgbench; return the sample and the number of its transactions. Raises BenchFailed."""
    words = (*argv, "-n", "-M", "prepared", "-T", str(max(1, round(seconds))), "-f", "/dev/stdin")
    with metered(trees) as meter:
        done = subprocess.run(
            words, input=script, capture_output=True, text=True, check=False, timeout=seconds + _GRACE_SECONDS
        )
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    processed = re.search(r"transactions actually processed: (\d+)", done.stdout)
    failed = re.search(r"number of failed transactions: (\d+)", done.stdout)
    if done.returncode != 0 or rate is None or processed is None or (failed and failed[1] != "0"):
        raise BenchFailed(f"pgbench ended with code {done.returncode}:\n{done.stdout}{done.stderr}")
    number = int(processed[1])
    return Sample(per_second=float(rate[1]), cpu_ms=meter.per_answer(number), foreign=meter.foreign), number


def _generate(plan: Plan) -> Seen:
    argv = (sys.executable, "-m", "bench.load")
    limit = plan.warm_up_seconds + plan.seconds + _GRACE_SECONDS
    done = subprocess.run(
        argv, cwd=CHECKOUT, input=msgspec.json.encode(plan), capture_output=True, check=False, timeout=limit
    )
    if done.returncode != 0:
        raise BenchFailed(f"The load generator ended with code {done.returncode}:\n{done.stderr.decode()}")
    return _seen.decode(done.stdout)
