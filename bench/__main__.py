"""`python -m bench`: the ratios of performance, side by side in one interleaved run.

Exit codes: 0 measured, 1 a side answered wrongly or did not start, 130 interrupted.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

import psycopg
from rich.console import Console

from bench.errors import BenchFailed
from bench.report import json_line, machine_line, markdown, show
from bench.runner import choose, run_rounds
from bench.stage import Stage, set_stage
from bench.workloads import workloads
from sandbox.embedded.bootstrap import DATABASE
from sandbox.errors import SandboxError

EXIT_FAILED, EXIT_INTERRUPTED = 1, 130
_DURABLE = ("fsync", "synchronous_commit", "full_page_writes")


def main() -> int:
    """Run the bench and return the exit code."""
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(stderr=True, width=None if sys.stderr.isatty() else 180)
    try:
        _bench(options, console)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except (BenchFailed, SandboxError, subprocess.TimeoutExpired) as error:
        console.print(f"bench: {error}", markup=False)
        return EXIT_FAILED
    return 0


def _bench(options: argparse.Namespace, console: Console) -> None:
    with set_stage() as stage:
        settings = _settings(stage)
        chosen = choose(workloads(stage, seconds=options.seconds), options.only)
        samples = run_rounds(chosen, rounds=options.rounds, console=console)
    machine = machine_line(rounds=options.rounds, seconds=options.seconds, settings=settings)
    if options.markdown:
        Path(options.markdown).write_text(markdown(samples, machine=machine), encoding="utf-8")
    show(samples, Console(width=None if sys.stdout.isatty() else 180), machine=machine)
    sys.stdout.write(json_line(samples) + "\n")


def _settings(stage: Stage) -> str:
    """Return PostgreSQL's version and settings; raises BenchFailed where commits are not durable."""
    with psycopg.connect(stage.database_url(DATABASE)) as connection:
        values = {name: _shown(connection, name) for name in ("server_version", *_DURABLE, "shared_buffers")}
    if any(values[name] != "on" for name in _DURABLE):
        raise BenchFailed(f"Commits are not durable: {values}")
    return "PostgreSQL " + values.pop("server_version") + ", " + ", ".join(f"{k} {v}" for k, v in values.items())


def _shown(connection: "psycopg.Connection", name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return "" if row is None else str(row[0])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; ratios are of their medians")
    parser.add_argument("--seconds", type=float, default=6.0, help="length of one measurement")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="workloads whose names hold one of these")
    parser.add_argument("--markdown", metavar="FILE", help="write the tables there, too")
    return parser.parse_args()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
