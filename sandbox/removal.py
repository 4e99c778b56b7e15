"""Removing what an installation wrote. `python -m sandbox.removal` stops it first and removes everything."""

import shutil
import sys

from sandbox.embedded.place import relocated_data, shared_place
from sandbox.running import stop
from sandbox.state_dir import CHECKOUT, StateDir, default_state_dir

# Clusters of test runs: caches, and a run may be using them just now.
_TESTS = "test"


def remove_system(state_dir: StateDir) -> tuple[str, ...]:
    """Remove the data, the logs and the passwords of a stopped system, not the test clusters; return what went."""
    removed = []
    data = relocated_data(state_dir.root, place=shared_place())
    if data.is_dir():
        shutil.rmtree(data)
        removed.append(str(data))
    entries = sorted(state_dir.root.iterdir()) if state_dir.root.is_dir() else []
    for entry in entries:
        if entry.name == _TESTS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
        removed.append(str(entry.relative_to(CHECKOUT) if entry.is_relative_to(CHECKOUT) else entry))
    return tuple(removed)


def remove_everything(state_dir: StateDir) -> None:
    """Stop the system and remove the whole state directory and this checkout's shared place."""
    stop(state_dir)
    for directory in (state_dir.root, shared_place()):
        if directory.is_dir():
            shutil.rmtree(directory)


if __name__ == "__main__":
    remove_everything(default_state_dir())
    sys.exit(0)
