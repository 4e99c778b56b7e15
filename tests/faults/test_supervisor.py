"""The supervisor with real servers and real children, on a stub product, under kill -9."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.embedded.place import shared_place
from sandbox.processes.identity import children_of, command_of, identify, working_directory_of
from tests.support.stub_product import bare_environment, write_stub_product

_NAMES = ["postgres", "valkey", "api", "stream", "worker", "beat", "dispatch"]


class System:
    """A stub product in its own directory, driven by its command line as a person would."""

    def __init__(self, root: Path) -> None:
        self.root = write_stub_product(root)
        self.place = shared_place(self.root)

    def manage(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        argv = (sys.executable, "manage.py", *arguments)
        env = bare_environment() | extra
        return subprocess.run(argv, cwd=self.root, env=env, capture_output=True, text=True, check=False, timeout=120)

    def status(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.manage("status", "--json").stdout)
        return value

    def pids(self) -> dict[str, int]:
        """The pid of every process that runs, by its name."""
        return {each["name"]: each["pid"] for each in self.status()["processes"] if each["pid"] is not None}

    def running(self) -> list[str]:
        """Every living process of this system, the servers included."""
        found = []
        for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
            if identify(pid) is None or pid == os.getpid():
                continue
            text = f"{command_of(pid)} {working_directory_of(pid)}"
            if str(self.root) in text or str(self.place) in text:
                found.append(f"{pid}: {text}")
        return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return the checkout that the tests start and stop, one after another: its clusters are made once."""
    made = System(tmp_path_factory.mktemp("supervisor") / "checkout")
    yield made
    shutil.rmtree(made.place, ignore_errors=True)


@pytest.fixture
def system(checkout: System) -> Iterator[System]:
    """Return it at rest, and leave it so."""
    yield checkout
    checkout.manage("down")
    assert checkout.running() == []


def _eventually(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    give_up_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up_at, "the condition did not come true in time"
        time.sleep(0.05)


def _is_dead(pid: int) -> bool:
    return identify(pid) is None


def test_up_brings_up_everything_and_down_leaves_nothing(system: System) -> None:
    up = system.manage("up")
    assert up.returncode == 0, up.stderr
    assert "client_secret  secret" in up.stdout
    status = system.status()
    assert [process["name"] for process in status["processes"]] == _NAMES
    assert status["principals"][0]["clientId"] == "id"
    assert system.manage("status", "--clients").stdout.splitlines() == [
        *(
            f"export STOCKWIRE_{name.upper()}={status[name]}"
            for name in ("api", "stream", "docs", "admin", "dashboard")
        ),
        "export STOCKWIRE_SUPPLIER_ID=id",
        "export STOCKWIRE_SUPPLIER_SECRET=secret",
    ]
    assert system.manage("status", "--clients", "other").stdout.splitlines()[-2:] == [
        "export STOCKWIRE_SUPPLIER_ID=other-id",
        "export STOCKWIRE_SUPPLIER_SECRET=other-secret",
    ]
    nobody = system.manage("status", "--clients", "nobody")
    assert (nobody.returncode, nobody.stdout) == (1, "")
    assert "The sandbox has no tenant 'nobody': it has acme and other." in nobody.stderr
    assert (system.root / ".data" / "env").stat().st_mode & 0o777 == 0o600
    assert (system.root / ".data" / "credentials.json").stat().st_mode & 0o777 == 0o600

    again = system.manage("up")
    assert f"already running, pid {status['supervisor']}" in again.stdout

    assert system.manage("down").returncode == 0
    assert system.running() == []
    down = system.manage("status", "--json")
    assert (down.returncode, json.loads(down.stdout)) == (1, {"running": False})


def test_every_killed_child_is_started_again(system: System) -> None:
    system.manage("up")
    before = system.pids()
    assert list(before) == _NAMES
    workers = children_of(before["api"])
    assert len(workers) >= 2
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def is_new() -> bool:
        now = system.pids()
        return list(now) == _NAMES and not set(now.values()) & set(before.values())

    _eventually(is_new)
    assert all(_is_dead(worker) for worker in workers), "workers of a dead API server would go on answering"
    assert [process["restarts"] for process in system.status()["processes"]] == [1] * len(_NAMES)
    _eventually(lambda: system.manage("psql", "--", "-Atc", "SELECT 1").stdout == "1\n")


def test_a_killed_api_worker_is_replaced_by_its_server(system: System) -> None:
    system.manage("up")
    api = system.pids()["api"]
    victim = children_of(api)[0]
    os.kill(victim, signal.SIGKILL)
    _eventually(lambda: victim not in children_of(api) and len(children_of(api)) == 2)
    assert system.pids()["api"] == api


def test_a_killed_supervisor_takes_everything_with_it_and_the_next_start_copes(system: System) -> None:
    system.manage("up")
    os.kill(system.status()["supervisor"], signal.SIGKILL)
    _eventually(lambda: system.running() == [])
    assert system.status() == {"running": False}

    again = system.manage("up")
    assert again.returncode == 0, again.stderr
    assert system.manage("psql", "--", "-Atc", "SELECT current_user").stdout == "stockwire_owner\n"


def test_orphans_of_a_killed_supervisor_are_ended_by_the_next_start(system: System) -> None:
    system.manage("up")
    api = system.pids()["api"]
    workers = children_of(api)
    # A stopped process does not act on the signal that its parent's death sends.
    for pid in (api, *workers):
        os.kill(pid, signal.SIGSTOP)
    os.kill(system.status()["supervisor"], signal.SIGKILL)
    _eventually(lambda: len(system.running()) == 1 + len(workers))

    again = system.manage("up")
    assert again.returncode == 0, again.stderr
    assert all(_is_dead(pid) for pid in (api, *workers))


def test_a_failing_migration_ends_the_start_with_its_reason(system: System) -> None:
    broken = system.root / "fail-migrate"
    broken.touch()
    up = system.manage("up")
    broken.unlink()
    assert up.returncode == 1
    assert "manage.py migrate ended with code 1" in up.stderr
    assert "broken on purpose" in up.stderr
    _eventually(lambda: system.running() == [])


def test_with_urls_given_no_server_is_started(system: System) -> None:
    names = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    up = system.manage("up", **{name: os.environ[name] for name in names})
    assert up.returncode == 0, up.stderr
    assert [process["name"] for process in system.status()["processes"]] == _NAMES[2:]
    exports = system.manage("status", "--env").stdout
    assert f"DATABASE_OWNER_URL={os.environ['DATABASE_OWNER_URL']}" in exports

    # The next start without them is embedded again: the file does not make a passing choice a lasting one.
    system.manage("down")
    system.manage("up")
    assert [process["name"] for process in system.status()["processes"]] == _NAMES


def test_one_database_url_alone_is_refused(system: System) -> None:
    up = system.manage("up", DATABASE_URL=os.environ["DATABASE_URL"])
    assert up.returncode == 1
    assert "DATABASE_URL is set alone" in up.stderr


def test_data_and_passwords_survive_a_stop_and_go_with_reset(system: System) -> None:
    system.manage("up")
    system.manage("psql", "--", "-c", "CREATE TABLE kept AS SELECT 42 AS answer")
    system.manage("down")
    system.manage("up")
    assert system.manage("psql", "--", "-Atc", "SELECT answer FROM kept").stdout == "42\n"

    assert system.manage("reset").returncode == 1
    assert system.manage("reset", "--yes").returncode == 0
    assert list((system.root / ".data").iterdir()) == []
    assert system.running() == []
