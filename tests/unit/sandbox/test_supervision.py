"""The parts of the supervisor, one at a time."""

import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.errors import AlreadyRunning, SandboxError
from sandbox.processes.child import Child, spawn, stop_all
from sandbox.processes.identity import ProcessIdentity, identify, is_alive, members_of_session
from sandbox.processes.program import Program
from sandbox.state_dir import StateDir
from sandbox.supervisor.backoff import Backoff
from sandbox.supervisor.env_file import given_by_user, has_own_database, read_env_file, write_env_file
from sandbox.supervisor.lock import hold_lock
from sandbox.supervisor.records import MARK, end_orphans, record

_STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
)
_FAMILY = "import subprocess, time; subprocess.Popen(['sleep', '60']); print('up', flush=True); time.sleep(60)"


def _program(tmp_path: Path, code: str, *, grace_seconds: float = 5.0) -> Program:
    argv = (sys.executable, "-c", code)
    return Program(
        name="probe", argv=argv, log=tmp_path / "probe.log", env=dict(os.environ), grace_seconds=grace_seconds
    )


def _await_log(child: Child, text: str) -> None:
    give_up_at = time.monotonic() + 10
    while text not in child.program.log.read_text():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.fixture
def state_dir(tmp_path: Path) -> StateDir:
    made = StateDir(tmp_path / ".data")
    made.prepare()
    return made


def test_the_backoff_doubles_to_five_seconds_and_forgets_after_thirty_healthy_ones() -> None:
    backoff, delays = Backoff(), []
    for _ in range(7):
        delay, backoff = backoff.after(lived_seconds=1.0)
        delays.append(delay)
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]
    assert backoff.after(lived_seconds=30.0)[0] == 0.2


def test_a_child_that_ignores_its_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    child = spawn(_program(tmp_path, _STUBBORN, grace_seconds=0.3))
    _await_log(child, "up")
    stop_all([child])
    assert child.exit_code() == -signal.SIGKILL


def test_a_dead_leader_leaves_no_member_of_its_group(tmp_path: Path) -> None:
    child = spawn(_program(tmp_path, _FAMILY))
    _await_log(child, "up")
    assert len(members_of_session(child.pid)) == 2
    os.kill(child.pid, signal.SIGKILL)
    give_up_at = time.monotonic() + 10
    while child.exit_code() is None or members_of_session(child.pid):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def test_an_orphan_on_record_is_ended_and_a_stranger_with_its_pid_is_not(tmp_path: Path, state_dir: StateDir) -> None:
    # Every child of the product carries the mark, and so does what it starts.
    marked = replace(_program(tmp_path, _FAMILY), env={**os.environ, MARK: str(state_dir.root)})
    ours, stranger = spawn(marked), spawn(replace(_program(tmp_path, _FAMILY), log=tmp_path / "stranger.log"))
    try:
        _await_log(ours, "up")
        _await_log(stranger, "up")
        record(state_dir, ours)
        stranger_record = state_dir.run / "stranger.json"
        stranger_record.write_text(f'{{"pid": {stranger.pid}, "started": "another boot:1", "stop_signal": 15}}')
        end_orphans(state_dir, say=lambda _text: None)
        assert not is_alive(ours.identity)
        assert members_of_session(ours.pid) == ()
        assert is_alive(stranger.identity)
        assert list(state_dir.run.iterdir()) == []
    finally:
        stop_all([ours, stranger])


def test_a_pid_with_another_start_time_is_not_the_same_process() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert is_alive(own)
    assert not is_alive(ProcessIdentity(pid=os.getpid(), started="another boot:1"))


def test_a_second_supervisor_is_told_the_first_ones_pid(state_dir: StateDir) -> None:
    told = pytest.raises(AlreadyRunning, match=f"already running, pid {os.getpid()}")
    with hold_lock(state_dir), told, hold_lock(state_dir):
        pytest.fail("two supervisors held the lock")
    with hold_lock(state_dir):
        assert state_dir.lock.stat().st_mode & 0o777 == 0o600


def test_values_that_came_from_our_own_file_do_not_count_as_the_users(state_dir: StateDir) -> None:
    ours = {"DATABASE_URL": "embedded", "REDIS_URL": "theirs"}
    write_env_file(state_dir, ours, given=frozenset({"REDIS_URL"}))
    assert read_env_file(state_dir) == ours
    assert state_dir.env_file.stat().st_mode & 0o777 == 0o600
    loaded = {**ours, "STOCKWIRE_GIVEN": "REDIS_URL", "HOME": "/home"}
    assert given_by_user(state_dir, loaded) == {"REDIS_URL": "theirs", "HOME": "/home"}
    assert given_by_user(state_dir, {"DATABASE_URL": "another"}) == {"DATABASE_URL": "another"}


def test_a_database_needs_both_urls() -> None:
    assert not has_own_database({})
    assert has_own_database({"DATABASE_URL": "a", "DATABASE_OWNER_URL": "b"})
    with pytest.raises(SandboxError, match="DATABASE_OWNER_URL is set alone"):
        has_own_database({"DATABASE_OWNER_URL": "b"})
