"""Everything that runs: our system, the peers, and the receiver. It all ends with the block, also on Ctrl-C.

One PostgreSQL and one Valkey serve every side, so that no side has a better disk, other settings or a warmer cache.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psycopg
from psycopg import sql

from bench.bare import statement
from bench.errors import BenchFailed
from bench.http import ask
from bench.our_system import Filled, Ours
from sandbox.embedded.discovery import find_postgres
from sandbox.embedded.place import relocated_data, shared_place
from sandbox.embedded.ports import LOOPBACK, first_free_port
from sandbox.embedded.postgres import SUPERUSER
from sandbox.processes.child import Child, spawn, stop_all
from sandbox.processes.program import Program
from sandbox.state_dir import CHECKOUT, StateDir, default_state_dir, tail
from sandbox.supervisor.env_file import read_env_file
from sandbox.supervisor.secrets_file import load_secrets
from sandbox.supervisor.state import State, read_state

WEBHOOKS = 8
BARE, TYPICAL = "bench_bare", "bench_typical"
_START_SECONDS = 60.0
_STOP_SECONDS = 90.0
_FILL_SECONDS = 180.0
_POLL_SECONDS = 0.05
# The bench brings its own servers, whatever the caller's environment or a running sandbox says.
_NOT_OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_RELAY_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL")


@dataclass(frozen=True, slots=True)
class Stage:
    """What runs, and where."""

    place: StateDir
    state: State
    settings: Mapping[str, str]
    moving: Ours
    delivering: Ours
    starlette: Child
    starlette_port: int
    typical: Child
    typical_port: int
    typical_token: str
    typical_environment: Mapping[str, str]
    sink_port: int
    pgbench: Path

    def database_url(self, database: str) -> str:
        """Return the superuser's URL of a database: for peers' tables and for counting what is in ours."""
        return _superuser_url(self.place, database)

    def count(self, database: str, query: str) -> int:
        """Return the number that a query finds."""
        with psycopg.connect(self.database_url(database)) as connection:
            row = connection.execute(query.encode()).fetchone()
        return 0 if row is None or row[0] is None else int(row[0])

    def pid(self, name: str) -> int:
        """Return the pid of one of our system's processes."""
        state = read_state(self.place)
        pid = None if state is None else state.pid_of(name)
        if pid is None:
            raise BenchFailed(f"{name} is not running:\n{tail(self.place.logs / 'supervisor.log')}")
        return pid


@contextmanager
def set_stage() -> Iterator[Stage]:
    """Have everything run for the length of the block; raises BenchFailed where something does not start."""
    place = StateDir(default_state_dir().root / "bench")
    with ExitStack() as cleanup:
        place.root.parent.mkdir(exist_ok=True)
        place.root.parent.chmod(0o711)
        _remove(place)
        place.prepare()
        cleanup.callback(_remove, place)
        state = _start_ours(place, cleanup)
        settings = read_env_file(place)
        filled = msgspec.json.decode(_run("bench.fill", env=_ours_environment(place, settings)), type=Filled)
        api_port = urlsplit(state.urls["api"]).port or 0
        sink_port = first_free_port(28500)
        _start(cleanup, _program(place, "sink", "-m", "bench.sink", str(sink_port)), sink_port, "/count")
        _make_database(place, BARE)
        with psycopg.connect(_superuser_url(place, BARE)) as connection:
            connection.execute(statement.SCHEMA)
            connection.execute(statement.FILL.encode())
        starlette_port = first_free_port(28600)
        bare = {"BARE_DATABASE_URL": _superuser_url(place, BARE)}
        program = _program(place, "starlette", *starlette_command(starlette_port), env=bare)
        starlette = _start(cleanup, program, starlette_port, "/items/1")
        _make_database(place, TYPICAL)
        environment = typical_environment(
            database_url=_superuser_url(place, TYPICAL),
            redis_url=settings["REDIS_URL"],
            secret_key=load_secrets(place).secret_key,
        )
        token = _run("bench.typical.fill", f"http://{LOOPBACK}:{sink_port}", str(WEBHOOKS), env=environment).decode()
        typical_port = first_free_port(28700)
        program = _program(place, "typical", *typical_command(typical_port), env=environment)
        typical = _start(cleanup, program, typical_port, "/items/1/", expect=401)
        yield Stage(
            place=place,
            state=state,
            settings=settings,
            moving=Ours(api_port, filled.moving),
            delivering=Ours(api_port, filled.delivering),
            starlette=starlette,
            starlette_port=starlette_port,
            typical=typical,
            typical_port=typical_port,
            typical_token=token,
            typical_environment=environment,
            sink_port=sink_port,
            pgbench=find_postgres().directory / "pgbench",
        )


def _start_ours(place: StateDir, cleanup: ExitStack) -> State:
    """Start the supervisor of `make up` and return its state when the API answers."""
    child = spawn(_supervisor(place))
    cleanup.callback(stop_all, [child])
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at and child.exit_code() is None:
        state = read_state(place)
        if state is not None and state.ready:
            return state
        time.sleep(_POLL_SECONDS)
    raise BenchFailed(f"Our system did not start:\n{tail(place.logs / 'supervisor.log')}")


def _supervisor(place: StateDir) -> Program:
    return Program(
        name="supervisor",
        argv=(sys.executable, "-m", "sandbox.supervisor"),
        log=place.log("supervisor"),
        env=_ours_environment(place, {}),
        cwd=CHECKOUT,
        grace_seconds=_STOP_SECONDS,
    )


def _ours_environment(place: StateDir, settings: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    return {**inherited, **settings, "STOCKWIRE_STATE_DIR": str(place.root)}


def starlette_command(port: int) -> tuple[str, ...]:
    """Return the words after `python` that serve the bare statement; BARE_DATABASE_URL says from where."""
    server = ("-m", "granian", "--interface", "asgi", "--host", LOOPBACK, "--port", str(port), "--loop", "uvloop")
    return (*server, "--workers", "2", "--no-ws", "--no-access-log", "bench.bare.app:app")


def typical_command(port: int) -> tuple[str, ...]:
    """Return the words after `python` that serve the typical project; `typical_environment` says from where."""
    server = ("-m", "gunicorn", "--bind", f"{LOOPBACK}:{port}", "--log-level", "warning")
    size = ("--workers", "4", "--worker-class", "gthread", "--threads", "2", "--keep-alive", "30")
    return (*server, *size, "bench.typical.wsgi")


def typical_environment(*, database_url: str, redis_url: str, secret_key: str) -> dict[str, str]:
    """Return the environment of the typical project; its broker is a database of Valkey's that nobody else uses."""
    return {
        **os.environ,
        "TYPICAL_DATABASE_URL": database_url,
        "TYPICAL_BROKER_URL": redis_url.rpartition("/")[0] + "/7",
        "TYPICAL_SECRET_KEY": secret_key,
        "DJANGO_SETTINGS_MODULE": "bench.typical.settings",
    }


def _program(place: StateDir, name: str, *words: str, env: Mapping[str, str] | None = None) -> Program:
    environment = {**os.environ, **(env or {})}
    return Program(
        name=name, argv=(sys.executable, *words), log=place.log(name), env=environment, cwd=CHECKOUT, grace_seconds=10.0
    )


def _start(cleanup: ExitStack, program: Program, port: int, path: str, *, expect: int = 200) -> Child:
    """Start a server and return it when it answers."""
    child = spawn(program)
    cleanup.callback(stop_all, [child])
    give_up_at = time.monotonic() + _START_SECONDS
    while child.exit_code() is None:
        try:
            ask(port, "GET", path, expect=expect)
        except OSError as error:
            if time.monotonic() > give_up_at:
                raise BenchFailed(f"{program.name} does not answer: {error}\n{tail(program.log)}") from error
            time.sleep(_POLL_SECONDS)
        else:
            return child
    raise BenchFailed(f"{program.name} ended:\n{tail(program.log)}")


def _run(module: str, *words: str, env: Mapping[str, str]) -> bytes:
    argv = (sys.executable, "-m", module, *words)
    done = subprocess.run(argv, cwd=CHECKOUT, env=env, capture_output=True, check=False, timeout=_FILL_SECONDS)
    if done.returncode != 0:
        raise BenchFailed(f"{module} ended with code {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    return done.stdout


def _make_database(place: StateDir, name: str) -> None:
    with psycopg.connect(_superuser_url(place, SUPERUSER), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _superuser_url(place: StateDir, database: str) -> str:
    port = urlsplit(read_env_file(place)["DATABASE_URL"]).port
    return f"postgresql://{SUPERUSER}:{load_secrets(place).superuser}@{LOOPBACK}:{port}/{database}"


def _remove(place: StateDir) -> None:
    """Remove a bench's data: it is of no use to the next one."""
    for directory in (place.root, relocated_data(place.root, place=shared_place())):
        if directory.is_dir():
            shutil.rmtree(directory)
