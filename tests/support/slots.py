"""State directories for test runs: kept from run to run, and never shared by two runs at a time."""

import fcntl
import shutil
from contextlib import ExitStack
from typing import IO

from sandbox.embedded.place import relocated_data, shared_place
from sandbox.processes.identity import boot_id
from sandbox.state_dir import CHECKOUT, StateDir

_SLOTS = 16


def take_slot(label: str, *, cleanup: ExitStack) -> StateDir:
    """Lock and return the first state directory of `label` that no other run holds, below `.data/test/`."""
    for number in range(_SLOTS):
        state_dir = StateDir(CHECKOUT / ".data" / "test" / f"{label}-{number}")
        for parent in (state_dir.root.parent.parent, state_dir.root.parent):
            parent.mkdir(exist_ok=True)
            parent.chmod(0o711)
        state_dir.prepare()
        lock = state_dir.lock.open("a+", encoding="ascii")
        if _locked(lock):
            cleanup.callback(lock.close)
            _forget_after_power_loss(state_dir, cleanup=cleanup)
            return state_dir
        lock.close()
    message = f"{_SLOTS} test runs hold all of .data/test/{label}-*: end some of them."
    raise RuntimeError(message)


def _locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_after_power_loss(state_dir: StateDir, *, cleanup: ExitStack) -> None:
    """Remove the data when the machine went down during a run: with fsync off nothing on disk can be trusted."""
    mark = state_dir.root / "running-since-boot"
    if mark.is_file() and mark.read_text(encoding="ascii") != boot_id():
        for data in (state_dir.root / "postgres", relocated_data(state_dir.root, place=shared_place())):
            shutil.rmtree(data, ignore_errors=True)
    mark.write_text(boot_id(), encoding="ascii")
    cleanup.callback(mark.unlink)
