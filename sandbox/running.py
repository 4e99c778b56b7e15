"""Starting, finding and stopping the whole system from another process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.credentials import Credentials, read_credentials
from sandbox.errors import NotRunning, PhaseFailed, ServerFailed
from sandbox.processes.identity import children_of, command_of, is_alive
from sandbox.state_dir import CHECKOUT, StateDir, default_state_dir, tail
from sandbox.supervisor.state import Phase, State, read_state, running_state

START_SECONDS = 300.0
STOP_SECONDS = 90.0
_POLL_SECONDS = 0.05
_EXIT_ALREADY_RUNNING = 3
# Started supervisors outlive us; holding their handles keeps the interpreter from warning about that.
_detached: list[subprocess.Popen[bytes]] = []

Report = Callable[[Phase], None]


@dataclass(frozen=True, slots=True)
class Running:
    """A system that is up, as of the moment it was read."""

    state_dir: StateDir
    state: State
    credentials: Credentials
    started_by_us: bool

    @property
    def base_url(self) -> str:
        """The API's base URL, without a slash at the end."""
        return self.state.urls["api"]

    def pid_of(self, name: str) -> int | None:
        """Return the pid that `api`, `worker`, `beat`, `dispatch`, `postgres` or `valkey` has now.

        None: it is dead and not started again yet, or the server is the user's own.
        """
        return current(self.state_dir).state.pid_of(name)

    def api_workers(self) -> tuple[int, ...]:
        """Return the pids of the API's worker processes now, oldest first."""
        master = self.pid_of("api")
        if master is None:
            return ()
        return tuple(pid for pid in children_of(master) if "resource_tracker" not in command_of(pid))


def current(state_dir: StateDir | None = None) -> Running:
    """Return the system that is up; raises NotRunning."""
    place = state_dir or default_state_dir()
    state = running_state(place)
    if state is None:
        message = "Stockwire is not running: start it with `python manage.py up`."
        raise NotRunning(message)
    return Running(state_dir=place, state=state, credentials=read_credentials(place), started_by_us=False)


def ensure_running(*, report: Report = lambda _phase: None, state_dir: StateDir | None = None) -> Running:
    """Start the system unless it is up, and return it once the API answers.

    `report` receives each phase of the start once, in order. Raises PhaseFailed or ServerFailed with the reason.
    """
    place = state_dir or default_state_dir()
    place.prepare()
    state = running_state(place)
    process = None if state is not None else _start_detached(place)
    try:
        state = _await_ready(place, process=process, report=report)
    except KeyboardInterrupt:
        if process is not None:
            stop(place)
        raise
    # A supervisor that another process started in the same moment wins the lock, and the system is not ours.
    ours = process is not None and state.supervisor.pid == process.pid
    return Running(state_dir=place, state=state, credentials=read_credentials(place), started_by_us=ours)


def stop(state_dir: StateDir | None = None) -> bool:
    """Stop the system and return when nothing of it runs; False when nothing ran. Raises ServerFailed after 90 s."""
    place = state_dir or default_state_dir()
    state = running_state(place)
    if state is None:
        return False
    os.kill(state.supervisor.pid, signal.SIGTERM)
    give_up_at = time.monotonic() + STOP_SECONDS
    while is_alive(state.supervisor):
        if time.monotonic() > give_up_at:
            message = f"The supervisor, pid {state.supervisor.pid}, did not end:\n{tail(place.logs / 'supervisor.log')}"
            raise ServerFailed(message)
        time.sleep(_POLL_SECONDS)
    return True


def _start_detached(place: StateDir) -> subprocess.Popen[bytes]:
    with place.log("supervisor").open("ab") as log:
        process = subprocess.Popen(
            (sys.executable, "-m", "sandbox.supervisor"),
            cwd=CHECKOUT,
            env={**os.environ, "STOCKWIRE_STATE_DIR": str(place.root)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _detached.append(process)
    return process


def _await_ready(place: StateDir, *, process: subprocess.Popen[bytes] | None, report: Report) -> State:
    give_up_at = time.monotonic() + START_SECONDS
    told = 0
    while time.monotonic() < give_up_at:
        code = None if process is None else process.poll()
        state = read_state(place)
        fresh = state is not None and (process is None or state.supervisor.pid == process.pid or code is not None)
        if state is not None and fresh:
            for phase in state.phases[told:]:
                report(phase)
            told = max(told, len(state.phases))
            if state.ready and state.running:
                return state
            _raise_when_dead(place, state, code=code)
        elif code is not None:
            message = f"The supervisor ended with code {code}:\n{tail(place.logs / 'supervisor.log')}"
            raise PhaseFailed(message)
        time.sleep(_POLL_SECONDS)
    message = f"The system was not ready after {START_SECONDS:.0f} s:\n{tail(place.logs / 'supervisor.log')}"
    raise ServerFailed(message)


def _raise_when_dead(place: StateDir, state: State, *, code: int | None) -> None:
    """Raise PhaseFailed when the supervisor we wait for is gone."""
    if code == _EXIT_ALREADY_RUNNING and state.running:
        return
    if code is None and state.running:
        return
    reason = state.failure or tail(place.logs / "supervisor.log")
    message = f"The system did not start: {reason}"
    raise PhaseFailed(message)
