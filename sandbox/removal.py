"""Removing everything an installation wrote."""

import shutil

from sandbox.embedded.place import relocated_data, shared_place
from sandbox.state_dir import CHECKOUT, StateDir


def remove_all(state_dir: StateDir) -> tuple[str, ...]:
    """Remove the data, the logs and the passwords of a stopped system; return what was removed.

    The test clusters below `.data/test` stay: they hold nothing but caches, and a test run may be using them.
    """
    removed = []
    data = relocated_data(state_dir.root, place=shared_place())
    if data.is_dir():
        shutil.rmtree(data)
        removed.append(str(data))
    if state_dir.root.is_dir():
        for entry in sorted(state_dir.root.iterdir()):
            if entry.name == "test":
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            removed.append(str(entry.relative_to(CHECKOUT) if entry.is_relative_to(CHECKOUT) else entry))
    return tuple(removed)
