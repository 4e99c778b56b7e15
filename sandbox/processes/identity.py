"""Recognising a process after time has passed: a pid alone may have been given to a stranger."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A pid with the moment it started, opaque: boot id and clock ticks on Linux, `ps`'s text elsewhere."""

    pid: int
    started: str


@dataclass(frozen=True, slots=True)
class _Stat:
    state: str
    parent: int
    session: int
    started_ticks: int


def identify(pid: int) -> ProcessIdentity | None:
    """Return the identity of the living process `pid`, or None. A zombie does not count as living."""
    if sys.platform != "linux":
        return _identify_with_ps(pid)
    stat = _read_stat(pid)
    if stat is None or stat.state in "ZX":
        return None
    return ProcessIdentity(pid=pid, started=f"{boot_id()}:{stat.started_ticks}")


def is_alive(identity: ProcessIdentity) -> bool:
    """Tell whether exactly this process, not a successor with its pid, still lives."""
    return identify(identity.pid) == identity


def children_of(pid: int) -> tuple[int, ...]:
    """Return the pids of the direct, living children of `pid`, oldest first."""
    if sys.platform != "linux":
        output = _output("pgrep", "-P", str(pid))
        return tuple(sorted(int(word) for word in output.split()))
    living = ((child, stat) for child, stat in _all_stats() if stat.state not in "ZX")
    found = sorted((stat.started_ticks, child) for child, stat in living if stat.parent == pid)
    return tuple(child for _, child in found)


def members_of_session(session: int) -> tuple[int, ...]:
    """Return the living processes of `session`; empty where the system cannot tell (no /proc)."""
    return tuple(pid for pid, stat in _all_stats() if stat.session == session and stat.state not in "ZX")


def environment_of(pid: int) -> dict[str, str]:
    """Return the environment `pid` was started with; empty when it is gone or not ours to read."""
    try:
        raw = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return {}
    items = raw.decode(errors="replace").split("\0")
    return dict(item.split("=", 1) for item in items if "=" in item)


def working_directory_of(pid: int) -> Path | None:
    """Return the working directory of `pid`, or None when it is gone or not ours to read."""
    try:
        return (_PROC / str(pid) / "cwd").readlink()
    except OSError:
        return None


def command_of(pid: int) -> str:
    """Return the command line of `pid`, empty when it is gone."""
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def _all_stats() -> Iterator[tuple[int, _Stat]]:
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (stat := _read_stat(int(entry.name))) is not None:
            yield int(entry.name), stat


def _read_stat(pid: int) -> _Stat | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself hold spaces and parentheses: fields are counted after the last one.
    fields = text.rpartition(")")[2].split()
    return _Stat(state=fields[0], parent=int(fields[1]), session=int(fields[3]), started_ticks=int(fields[19]))


@cache
def boot_id() -> str:
    """Return what identifies this boot of the machine: start times are comparable within one only."""
    if sys.platform != "linux":
        return _output("sysctl", "-n", "kern.boottime").strip()
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _identify_with_ps(pid: int) -> ProcessIdentity | None:
    output = _output("ps", "-o", "stat=,lstart=", "-p", str(pid)).strip()
    state, _, started = output.partition(" ")
    if not started or state.startswith("Z"):
        return None
    return ProcessIdentity(pid=pid, started=started.strip())


def _output(*argv: str) -> str:
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    result = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment)
    return result.stdout
