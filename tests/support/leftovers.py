"""Finds processes of this checkout: `leftovers.py note FILE` before a run, `leftovers.py check FILE` after it.

A process belongs to the checkout when its working directory, its executable or its command line lies in it, or in
the copy that the sandbox keeps in the shared temporary place. Uses the standard library alone: it runs before there
is a virtual environment.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent.parent
_PLACES = (f"{_CHECKOUT}/", f"/stockwire-{os.geteuid()}-{hashlib.sha256(str(_CHECKOUT).encode()).hexdigest()[:10]}/")
_PROC = Path("/proc")
_GRACE_SECONDS = 5.0


def main(mode: str, file: Path) -> int:
    """Note what runs, or fail when something runs that was not noted."""
    if not _PROC.is_dir():
        sys.stdout.write("No /proc here: leftover processes are not looked for.\n")
        return 0
    if mode == "note":
        file.write_text(json.dumps(sorted(_ours())), encoding="utf-8")
        return 0
    before = set(json.loads(file.read_text(encoding="utf-8")))
    give_up_at = time.monotonic() + _GRACE_SECONDS
    while (left := {key: text for key, text in _ours().items() if key not in before}) and time.monotonic() < give_up_at:
        time.sleep(0.1)
    for key, text in sorted(left.items()):
        sys.stdout.write(f"still running: pid {key.partition(':')[0]}: {text}\n")
    if not left:
        sys.stdout.write("Nothing was left running.\n")
    return 1 if left else 0


def _ours() -> dict[str, str]:
    """Return the processes of this checkout by pid and start time, without this one and those it runs under."""
    excluded = _ancestors()
    found = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) not in excluded:
            text = _description(entry)
            if any(place in f"{text} /" or place in f"{text}/" for place in _PLACES):
                found[f"{entry.name}:{_stat(entry)[19]}"] = text
    return found


def _description(entry: Path) -> str:
    """Return executable, directory and command line; empty for a process that is gone, a zombie, or not readable."""
    try:
        if _stat(entry)[0] in "ZX":
            return ""
        command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return f"{(entry / 'exe').readlink()} in {(entry / 'cwd').readlink()}/ : {command}"
    except OSError:
        return ""


def _stat(entry: Path) -> list[str]:
    try:
        return (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ["X"] + ["0"] * 19


def _ancestors() -> set[int]:
    pids, pid = set(), os.getpid()
    while pid > 1:
        pids.add(pid)
        pid = int(_stat(_PROC / str(pid))[1])
    return pids


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
