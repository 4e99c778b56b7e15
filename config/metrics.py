"""Where the workers of one API server put their metrics, so that a scrape of any of them tells of all."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

_kept: list[IO[str]] = []  # the lock is held for as long as the process lives


def share_between_workers() -> None:
    """Point PROMETHEUS_MULTIPROC_DIR to a directory of this server; call it before metrics are imported.

    The directory is named after the parent, whose children the workers are, and each worker holds a lock in it: one
    that nobody holds is of a server that has ended, and is removed. Raises PermissionError where the place belongs to
    somebody else, and OSError where nothing can be written.
    """
    if sys.platform == "win32" or os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return  # without such locks each worker tells of itself alone
    root = Path(tempfile.gettempdir()) / f"stockwire-metrics-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.stat().st_uid != os.getuid():
        message = f"{root} belongs to another user: set TMPDIR to a directory of your own."
        raise PermissionError(message)
    own = root / str(os.getppid())
    with (root / "lock").open("a", encoding="ascii") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        for directory in root.iterdir():
            if directory.is_dir() and _is_abandoned(directory):
                shutil.rmtree(directory)
        own.mkdir(exist_ok=True)
        lock = (own / "lock").open("a", encoding="ascii")
        fcntl.flock(lock, fcntl.LOCK_SH)
    _kept.append(lock)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(own)


def _is_abandoned(directory: Path) -> bool:
    with (directory / "lock").open("a", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
