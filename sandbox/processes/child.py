"""One running program: started in a session of its own, stopped politely, then firmly, never anybody else's."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sandbox.processes.identity import ProcessIdentity, identify
from sandbox.processes.program import Program

Pause = Callable[[float], None]
POLL_SECONDS = 0.02
_PR_SET_PDEATHSIG = 1
# Loaded before any fork: the child between fork and exec must not import or open anything.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(slots=True)
class Child:
    """A started program. Its process group has the pid of its leader."""

    program: Program
    process: subprocess.Popen[bytes]
    identity: ProcessIdentity
    started_at: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        """The leader's pid."""
        return self.process.pid

    def exit_code(self) -> int | None:
        """Return the leader's exit code (negative: the signal), or None while it lives.

        What a dead leader left in its group is killed before the leader is reaped: until then its pid, and so the
        group's number, cannot be given to anybody else.
        """
        if self.process.returncode is None and _has_exited(self.process):
            _kill_group(self.pid)
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Send the program's own stop signal to the leader, if it still lives."""
        if self.exit_code() is None:
            os.kill(self.pid, self.program.stop_signal)  # not yet reaped, so the pid is still its own

    def kill(self) -> None:
        """Kill the whole group and reap the leader."""
        if self.process.returncode is None:
            _kill_group(self.pid)
            self.process.wait()


def spawn(program: Program) -> Child:
    """Start `program` and return it; raises OSError when the command cannot be executed.

    On Linux the child receives its stop signal when the thread that started it ends, so that a supervisor killed
    with SIGKILL leaves nothing behind. Call this from the main thread.
    """
    account = program.account
    with program.log.open("ab") as log:
        process = subprocess.Popen(
            program.argv,
            env=dict(program.env),
            cwd=program.cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
            preexec_fn=_die_with_parent(program.stop_signal),  # noqa: PLW1509 -- calls prctl and getppid only
        )
    identity = identify(process.pid) or ProcessIdentity(pid=process.pid, started="gone")
    return Child(program=program, process=process, identity=identity)


def stop_all(children: Sequence[Child], *, pause: Pause = time.sleep) -> None:
    """Ask all `children` to stop, last one first, wait for each one's grace, then kill what is left."""
    for child in reversed(children):
        child.ask_to_stop()
    asked_at = time.monotonic()
    for child in reversed(children):
        while child.exit_code() is None:
            if time.monotonic() - asked_at > child.program.grace_seconds:
                child.kill()
                break
            pause(POLL_SECONDS)


def _has_exited(process: subprocess.Popen[bytes]) -> bool:
    if sys.platform != "linux":  # no waitid there: the group is cleaned right after the leader was reaped
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the group is already empty
    except PermissionError:
        # macOS answers so for a group of zombies only; a group we started holds nobody else's processes.
        return


def _die_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc, parent = _LIBC, os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the request: nobody will send the signal
            os._exit(1)

    return ask_the_kernel
