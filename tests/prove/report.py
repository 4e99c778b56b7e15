"""The dated report of a proof: what was run, on what, and what it came to."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sandbox.state_dir import CHECKOUT

PROOFS = CHECKOUT / "docs" / "operations" / "proofs"


def write_report(name: str, *, said: str, numbers: Mapping[str, object]) -> Path:
    """Write `<date>-<name>.md` and return its path; a second run on the same day replaces the first."""
    day = datetime.now(UTC).date().isoformat()
    rows = {**numbers, "cores": os.cpu_count(), "Python": platform.python_version(), "system": platform.system()}
    table = "\n".join(f"| {label} | {value} |" for label, value in rows.items())
    path = PROOFS / f"{day}-{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {name}, {day}\n\n{said}\n\n| | |\n|---|---|\n{table}\n", encoding="utf-8")
    return path
