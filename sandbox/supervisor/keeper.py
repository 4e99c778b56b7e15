"""Keeps a set of children alive."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sandbox.processes.child import Child, Pause, spawn, stop_all
from sandbox.processes.program import Program
from sandbox.state_dir import StateDir
from sandbox.supervisor.backoff import Backoff
from sandbox.supervisor.records import forget, record
from sandbox.supervisor.state import ProcessState


@dataclass(slots=True)
class _Kept:
    program: Program
    child: Child | None
    backoff: Backoff = field(default_factory=Backoff)
    restarts: int = 0
    due_at: float = 0.0


class Keeper:
    """Starts programs, starts dead ones again after a backoff, and stops all in reverse order."""

    def __init__(self, *, state_dir: StateDir, say: Callable[[str], None]) -> None:
        self._state_dir = state_dir
        self._say = say
        self._kept: dict[str, _Kept] = {}

    def start(self, program: Program) -> Child:
        """Start `program` and keep it from now on."""
        child = spawn(program)
        self.adopt(child)
        return child

    def adopt(self, child: Child) -> None:
        """Keep a child that was started elsewhere."""
        record(self._state_dir, child)
        self._kept[child.program.name] = _Kept(program=child.program, child=child)

    def tend(self) -> tuple[float | None, bool]:
        """Note deaths and start what is due.

        Returns the seconds until the next start is due (None: nothing waits), and whether anything changed.
        """
        changed = False
        for kept in self._kept.values():
            if kept.child is not None and (code := kept.child.exit_code()) is not None:
                self._note_death(kept, code)
                changed = True
            if kept.child is None and time.monotonic() >= kept.due_at:
                kept.child = spawn(kept.program)
                kept.restarts += 1
                record(self._state_dir, kept.child)
                self._say(f"{kept.program.name} started again, pid {kept.child.pid}")
                changed = True
        waits = [kept.due_at - time.monotonic() for kept in self._kept.values() if kept.child is None]
        return (max(min(waits), 0.0) if waits else None), changed

    def stop(self, names: tuple[str, ...] | None = None, *, pause: Pause) -> None:
        """Stop the named children, or all, in reverse order of their start, and keep them no longer."""
        chosen = [name for name in self._kept if names is None or name in names]
        children = [child for name in chosen if (child := self._kept[name].child) is not None]
        stop_all(children, pause=pause)
        for name in chosen:
            forget(self._state_dir, name)
            del self._kept[name]

    def processes(self) -> Iterator[ProcessState]:
        """Yield what to tell about each child."""
        for name, kept in self._kept.items():
            pid = None if kept.child is None else kept.child.pid
            yield ProcessState(name=name, pid=pid, restarts=kept.restarts, log=str(kept.program.log))

    def _note_death(self, kept: _Kept, code: int) -> None:
        child = kept.child
        lived = 0.0 if child is None else time.monotonic() - child.started_at
        delay, kept.backoff = kept.backoff.after(lived_seconds=lived)
        kept.child, kept.due_at = None, time.monotonic() + delay
        forget(self._state_dir, kept.program.name)
        self._say(f"{kept.program.name} ended with code {code} after {lived:.1f} s; starting it again in {delay:.1f} s")
