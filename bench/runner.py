"""Rounds: A B C, A B C, A B C."""

from collections.abc import Collection, Mapping

from rich.console import Console

from bench.samples import Sample
from bench.workloads import Workload


def run_rounds(chosen: Mapping[str, Workload], *, rounds: int, console: Console) -> dict[str, list[Sample]]:
    """Measure every workload once a round, one after the other; raises BenchFailed at the first wrong answer."""
    samples: dict[str, list[Sample]] = {name: [] for name in chosen}
    for number in range(1, rounds + 1):
        for name, measure in chosen.items():
            sample = measure()
            samples[name].append(sample)
            delay = f", p99 {sample.p99_ms:.1f} ms" if sample.p99_ms else ""
            console.print(
                f"round {number}: {name}: {sample.per_second:,.0f}/s{delay}, foreign CPU {sample.foreign:.0%}",
                highlight=False,
            )
    return samples


def choose(known: Mapping[str, Workload], names: Collection[str]) -> dict[str, Workload]:
    """Return the workloads whose names hold one of `names`, in their order; all of them without names."""
    return {name: known[name] for name in known if not names or any(part in name for part in names)}
