"""What one measurement gives, and what several give together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One round of one workload.

    `cpu_ms` is processor time per answer, by who spent it; `foreign` the strangers' share of the machine.
    """

    per_second: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    cpu_ms: dict[str, float] = field(default_factory=dict)
    foreign: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """The medians of a workload's rounds, and the spread of what counts."""

    per_second: float
    lowest: float
    highest: float
    p50_ms: float
    p99_ms: float
    cpu_ms: dict[str, float]
    foreign: float
    note: str


def summarise(samples: Sequence[Sample]) -> Summary:
    """Return the medians of at least one round."""
    rates = [sample.per_second for sample in samples]
    names = list(samples[0].cpu_ms)
    return Summary(
        per_second=median(rates),
        lowest=min(rates),
        highest=max(rates),
        p50_ms=median(sample.p50_ms for sample in samples),
        p99_ms=median(sample.p99_ms for sample in samples),
        cpu_ms={name: median(sample.cpu_ms[name] for sample in samples) for name in names},
        foreign=max(sample.foreign for sample in samples),
        note=samples[-1].note,
    )
