"""Which children were started, on disk: a supervisor killed with SIGKILL cannot tell its successor otherwise."""

import signal
import time
from collections.abc import Callable
from dataclasses import asdict
from os import kill

from sandbox.errors import ServerFailed
from sandbox.processes.child import Child
from sandbox.processes.identity import ProcessIdentity, environment_of, is_alive, members_of_session
from sandbox.state_dir import StateDir, read_json, write_json

# In the environment of every child of the product; the servers, which run as another account, do not carry it.
MARK = "STOCKWIRE_SUPERVISED_BY"
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.05


def record(state_dir: StateDir, child: Child) -> None:
    """Write down that `child` is ours."""
    value = {**asdict(child.identity), "stop_signal": int(child.program.stop_signal)}
    write_json(state_dir.run / f"{child.program.name}.json", value)


def forget(state_dir: StateDir, name: str) -> None:
    """Remove the record of a child that has ended."""
    (state_dir.run / f"{name}.json").unlink(missing_ok=True)


def end_orphans(state_dir: StateDir, *, say: Callable[[str], None]) -> None:
    """End what a dead predecessor left running, and only that; raises ServerFailed for one that will not die.

    A recorded process is ours if its pid still has the recorded start time. When the leader is gone, members of its
    session are ours if they carry our mark.
    """
    for path in sorted(state_dir.run.glob("*.json")):
        raw = read_json(path)
        if raw is not None:
            identity = ProcessIdentity(pid=raw["pid"], started=raw["started"])
            ours = _ours(identity, mark=str(state_dir.root))
            if ours:
                say(f"ending what an earlier supervisor left: {path.stem}, pids {', '.join(map(str, ours))}")
                _end(ours, stop_signal=signal.Signals(raw["stop_signal"]), state_dir=state_dir, identity=identity)
        path.unlink()


def _ours(identity: ProcessIdentity, *, mark: str) -> tuple[int, ...]:
    members = members_of_session(identity.pid)
    if is_alive(identity):
        return tuple(dict.fromkeys((identity.pid, *members)))
    return tuple(pid for pid in members if environment_of(pid).get(MARK) == mark)


def _end(pids: tuple[int, ...], *, stop_signal: signal.Signals, state_dir: StateDir, identity: ProcessIdentity) -> None:
    mark = str(state_dir.root)
    for number, grace in ((stop_signal, _GRACE_SECONDS), (signal.SIGKILL, _GRACE_SECONDS)):
        # The leader stops its own workers; they are asked directly only when it is gone, or when asking did not help.
        targets = pids[:1] if pids[0] == identity.pid and number != signal.SIGKILL else pids
        for pid in targets:
            _send(pid, number)
        give_up_at = time.monotonic() + grace
        while pids and time.monotonic() < give_up_at:
            pids = _ours(identity, mark=mark)
            if pids and pids[0] != identity.pid:
                for pid in pids:
                    _send(pid, number)  # nobody is left to pass it on
            time.sleep(_POLL_SECONDS)
        if not pids:
            return
    left = ", ".join(map(str, pids))
    message = f"Processes {left}, left by an earlier supervisor, do not end: end them, then try again."
    raise ServerFailed(message)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself meanwhile
