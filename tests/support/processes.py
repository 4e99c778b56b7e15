"""Real processes for tests: started against this worker's database, ended by their own pids."""

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.embedded.launch import launch
from sandbox.embedded.ports import LOOPBACK
from sandbox.processes.child import Child, spawn, stop_all
from sandbox.processes.program import Program
from sandbox.state_dir import CHECKOUT
from sandbox.supervisor import programs
from sandbox.supervisor.health import why_not_healthy

_FIRST_PORT = 30000
_PORTS_PER_WORKER = 40


@contextmanager
def child(
    argv: Sequence[str], env: Mapping[str, str] | None = None, *, name: str = "child", log: Path | None = None
) -> Iterator[Child]:
    """Run `argv` in the checkout for the length of the block; a leading `python` is this interpreter.

    `env` is added to this process's environment. At the end it gets SIGTERM, and after 20 s SIGKILL with its group.
    """
    command = (sys.executable, *argv[1:]) if argv[0] == "python" else tuple(argv)
    with tempfile.TemporaryDirectory(prefix="stockwire-child-") as scratch:
        program = Program(
            name=name,
            argv=command,
            env={**os.environ, **(env or {})},
            log=log or Path(scratch) / f"{name}.log",
            cwd=CHECKOUT,
        )
        started = spawn(program)
        try:
            yield started
        finally:
            stop_all([started])


@contextmanager
def live_api(workers: int = 2, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve the real API on this worker's database for the length of the block; yields its base URL.

    Raises ServerFailed with the end of its log when it does not answer.
    """
    with live_process(workers, env) as (base, _):
        yield base


@contextmanager
def live_process(workers: int = 2, env: Mapping[str, str] | None = None) -> Iterator[tuple[str, Child]]:
    """Serve the API as `live_api` does, and yield its process too, for a test that ends it."""
    with tempfile.TemporaryDirectory(prefix="stockwire-api-") as scratch:
        server = _ApiServer(workers=workers, env=env or {}, log=Path(scratch) / "api.log", preferred_port=_own_port())
        launched = launch(server)
        try:
            yield f"http://{LOOPBACK}:{launched.port}", launched.child
        finally:
            stop_all([launched.child])


@contextmanager
def live_stream(env: Mapping[str, str] | None = None) -> Iterator[tuple[str, Child]]:
    """Serve the live stream for the length of the block; yields its base URL and its process."""
    with tempfile.TemporaryDirectory(prefix="stockwire-stream-") as scratch:
        server = _StreamServer(
            env=env or {}, log=Path(scratch) / "stream.log", preferred_port=_own_port() + _PORTS_PER_WORKER // 2
        )
        launched = launch(server)
        try:
            yield f"http://{LOOPBACK}:{launched.port}", launched.child
        finally:
            stop_all([launched.child])


@dataclass(frozen=True, slots=True)
class _StreamServer:
    env: Mapping[str, str]
    log: Path
    preferred_port: int
    name: str = "stream"

    def program(self, port: int) -> Program:
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **self.env}
        return programs.stream(port=port, env=env, log=self.log)

    def why_not_ready(self, port: int) -> str | None:
        return why_not_healthy(f"http://{LOOPBACK}:{port}")


@dataclass(frozen=True, slots=True)
class _ApiServer:
    workers: int
    env: Mapping[str, str]
    log: Path
    preferred_port: int
    name: str = "api"

    def program(self, port: int) -> Program:
        base = f"http://{LOOPBACK}:{port}"
        env = {**os.environ, "PUBLIC_URL": base, "DJANGO_SETTINGS_MODULE": "config.settings", **self.env}
        return programs.api(port=port, env=env, log=self.log, workers=self.workers)

    def why_not_ready(self, port: int) -> str | None:
        return why_not_healthy(f"http://{LOOPBACK}:{port}")


def _own_port() -> int:
    """Return the first port of this worker's own range: granian shares a port, so two must never choose the same."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    return _FIRST_PORT + number * _PORTS_PER_WORKER + os.getpid() % (_PORTS_PER_WORKER // 2)
