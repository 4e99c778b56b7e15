"""What the supervisor tells the world: `.data/state.json`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.processes.identity import ProcessIdentity, is_alive
from sandbox.state_dir import StateDir, read_json, write_json


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of the start that is done, with how long it took."""

    name: str
    detail: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One child: `pid` is None while it waits to be started again."""

    name: str
    pid: int | None
    restarts: int
    log: str


@dataclass(frozen=True, slots=True)
class State:
    """A running, starting or failed system. `ready` means: every phase is done and the API answers."""

    supervisor: ProcessIdentity
    started_at: str
    ready: bool = False
    failure: str | None = None
    urls: Mapping[str, str] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    processes: tuple[ProcessState, ...] = ()

    @property
    def running(self) -> bool:
        """Whether the supervisor that wrote this still lives."""
        return is_alive(self.supervisor)

    def pid_of(self, name: str) -> int | None:
        """Return the pid of the child `name`, None when it is not running just now."""
        return next((process.pid for process in self.processes if process.name == name), None)


def read_state(state_dir: StateDir) -> State | None:
    """Return the last state written, or None."""
    raw = read_json(state_dir.state)
    return None if raw is None else _parse(raw)


def running_state(state_dir: StateDir) -> State | None:
    """Return the state of the running system, or None when none runs."""
    state = read_state(state_dir)
    return state if state is not None and state.running else None


def write_state(state_dir: StateDir, state: State) -> None:
    """Replace the state on record."""
    write_json(state_dir.state, asdict(state))


def _parse(raw: dict[str, Any]) -> State:
    return State(
        supervisor=ProcessIdentity(**raw["supervisor"]),
        started_at=raw["started_at"],
        ready=raw["ready"],
        failure=raw["failure"],
        urls=raw["urls"],
        phases=tuple(Phase(**phase) for phase in raw["phases"]),
        processes=tuple(ProcessState(**process) for process in raw["processes"]),
    )
