"""One supervisor per state directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.errors import AlreadyRunning
from sandbox.state_dir import StateDir
from sandbox.supervisor.state import read_state


@contextmanager
def hold_lock(state_dir: StateDir) -> Iterator[None]:
    """Hold the flock of `state_dir`; raises AlreadyRunning, naming the other's pid and URL.

    The kernel drops a flock with its last holder, however that one died; the children do not inherit it.
    """
    with state_dir.lock.open("a+", encoding="ascii") as file:
        state_dir.lock.chmod(0o600)  # somebody who may open it could hold it
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            state = read_state(state_dir)
            url = state.urls.get("api", "not answering yet") if state is not None else "not answering yet"
            message = f"already running, pid {file.read().strip() or 'unknown'}, URL {url}"
            raise AlreadyRunning(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
