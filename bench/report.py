"""What a run found: a table for people, the same in Markdown, and one line of JSON."""

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from rich.console import Console
from rich.table import Table

from bench.samples import Sample, Summary, summarise
from bench.workloads import BESIDE, RATIOS, Ratio

Samples = Mapping[str, Sequence[Sample]]


@dataclass(frozen=True, slots=True)
class Found:
    """A ratio of medians, and the least and greatest ratio of single rounds."""

    value: float
    lowest: float
    highest: float


def find(ratio: Ratio, samples: Samples) -> Found | None:
    """Return the ratio, or None where one of its sides was not measured."""
    ours, theirs = (_best(names, samples, ratio) for names in (ratio.ours, ratio.theirs))
    if ours is None or theirs is None:
        return None
    rounds = [
        _value(mine, ratio) / _value(other, ratio) for mine, other in zip(samples[ours], samples[theirs], strict=True)
    ]
    medians = [_value(summarise(samples[name]), ratio) for name in (ours, theirs)]
    return Found(medians[0] / medians[1], min(rounds), max(rounds))


def json_line(samples: Samples) -> str:
    """Return the last line: the ratios by name, the noise, and what else was found."""
    found = {name: find(ratio, samples) for name, ratio in (RATIOS | BESIDE).items()}
    known = {name: ratio for name, ratio in found.items() if ratio is not None}
    return msgspec.json.encode(
        {
            "ratios": {name: _short(known[name].value) for name in RATIOS if name in known},
            "noise": {name: [_short(ratio.lowest), _short(ratio.highest)] for name, ratio in known.items()},
            "beside": {name: _short(known[name].value) for name in BESIDE if name in known},
            "foreignCpuShare": round(max(sample.foreign for rounds in samples.values() for sample in rounds), 3),
            "rounds": max(len(rounds) for rounds in samples.values()),
        }
    ).decode()


def show(samples: Samples, console: Console, *, machine: str) -> None:
    """Print the tables."""
    console.print(machine)
    for title, head, rows in _tables(samples):
        table = Table(title=title, title_justify="left")
        for column, name in enumerate(head):
            table.add_column(name, justify="left" if column == 0 else "right", no_wrap=column == 0)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def markdown(samples: Samples, *, machine: str) -> str:
    """Return the tables as a page."""
    lines = [f"# Bench of {datetime.now(UTC):%Y-%m-%d}", "", machine, ""]
    for title, head, rows in _tables(samples):
        lines += [f"## {title}", "", f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def machine_line(*, rounds: int, seconds: float, settings: str) -> str:
    """Return the machine and the run in one sentence."""
    return (
        f"{os.cpu_count()} processors ({_processor()}), Linux {platform.release()}, Python {platform.python_version()};"
        f" {settings}. Medians of {rounds} interleaved rounds of {seconds:g} s; servers, database and load share the"
        " machine."
    )


def _tables(samples: Samples) -> list[tuple[str, list[str], list[list[str]]]]:
    ratios = [_ratio_row(name, ratio, samples) for name, ratio in (RATIOS | BESIDE).items()]
    rates = [_rate_row(name, summarise(rounds)) for name, rounds in samples.items()]
    return [
        ("Ratios", ["ratio", "measured", "single rounds", "reach"], [row for row in ratios if row]),
        (
            "What they are made of",
            ["workload", "per second", "single rounds", "p50 ms", "p99 ms", "CPU ms each", "foreign CPU", "remark"],
            rates,
        ),
    ]


def _ratio_row(name: str, ratio: Ratio, samples: Samples) -> list[str]:
    found = find(ratio, samples)
    if found is None:
        return []
    rounds = f"{_number(found.lowest)} to {_number(found.highest)}"
    return [name, _number(found.value), rounds, f"{ratio.reach:g}" if ratio.reach else ""]


def _rate_row(name: str, summary: Summary) -> list[str]:
    cpu = ", ".join(f"{who} {milliseconds:.2f}" for who, milliseconds in summary.cpu_ms.items())
    rounds = f"{_number(summary.lowest)} to {_number(summary.highest)}"
    delays = [f"{delay:.1f}" if delay else "" for delay in (summary.p50_ms, summary.p99_ms)]
    return [name, _number(summary.per_second), rounds, *delays, cpu, f"{summary.foreign:.0%}", summary.note]


def _best(names: Sequence[str], samples: Samples, ratio: Ratio) -> str | None:
    measured = [name for name in names if name in samples]
    return max(measured, key=lambda name: _value(summarise(samples[name]), ratio)) if measured else None


def _value(measured: Sample | Summary, ratio: Ratio) -> float:
    return measured.p99_ms if ratio.delays else measured.per_second


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def _processor() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 -- one line of it
        return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")
