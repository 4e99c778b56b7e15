"""Who used the processors: the whole machine, and one program with all it started. Linux only, like the bench."""

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class _Use:
    parent: int
    seconds: float


def machine_seconds() -> float:
    """Return the seconds that all processors together were busy since boot; time stolen by a host counts as busy."""
    user, nice, system, _idle, _wait, irq, softirq, steal = (
        int(word) for word in (_PROC / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / _TICKS


def tree_seconds(*roots: int) -> float:
    """Return the processor seconds of these processes and all their descendants, the ended ones included."""
    uses = {int(entry.name): use for entry in _PROC.iterdir() if entry.name.isdigit() and (use := _read(entry))}
    children: dict[int, list[int]] = {}
    for pid, use in uses.items():
        children.setdefault(use.parent, []).append(pid)
    waiting, total = [root for root in roots if root in uses], 0.0
    while waiting:
        pid = waiting.pop()
        total += uses[pid].seconds
        waiting += children.get(pid, ())
    return total


def _read(entry: Path) -> _Use | None:
    try:
        text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    # Its own time in user and kernel mode, and that of the children it has waited for.
    return _Use(parent=int(fields[1]), seconds=sum(int(field) for field in fields[11:15]) / _TICKS)
