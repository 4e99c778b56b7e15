"""The product's own processes, and the one-shot commands before them."""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.embedded.ports import LOOPBACK
from sandbox.processes.program import Program
from sandbox.state_dir import CHECKOUT, StateDir

API_PREFERRED_PORT = 28000
STREAM_PREFERRED_PORT = 28100
# Connections that the stream's server takes: more than STREAM_MAX_CLIENTS, or the last of them would get no answer.
_CONNECTIONS = "10000"


def api(*, port: int, env: Mapping[str, str], log: Path, workers: int = 2, name: str = "api") -> Program:
    """Return the API server: granian, `workers` processes of 32 threads; a worker that dies is started again."""
    server = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port))
    size = ("--workers", str(workers), "--blocking-threads", "32", "--no-ws", "--no-access-log")
    # Half a second: the default of 3.5 s leaves a two-worker API at half strength for too long.
    respawn = ("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "15")
    argv = (*server, *size, *respawn, "config.wsgi:application")
    return Program(name=name, argv=argv, env=env, log=log, cwd=CHECKOUT)


def stream(*, port: int, env: Mapping[str, str], log: Path, name: str = "stream") -> Program:
    """Return the process that holds answers open: granian, one worker; one that dies is started again."""
    server = (sys.executable, "-m", "granian", "--interface", "asginl", "--host", LOOPBACK, "--port", str(port))
    size = ("--workers", "1", "--backlog", "2048", "--backpressure", _CONNECTIONS, "--no-ws", "--no-access-log")
    # A client that went away is no news to anybody: the server would write a line for each.
    quiet = ("--log-level", "warning")
    respawn = ("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "15")
    argv = (*server, *size, *quiet, *respawn, "config.asgi:application")
    return Program(name=name, argv=argv, env=env, log=log, cwd=CHECKOUT)


def background(state_dir: StateDir, *, env: Mapping[str, str]) -> tuple[Program, ...]:
    """Return worker, beat and dispatch."""
    celery = (sys.executable, "-m", "celery", "-A", "config")
    worker = (*celery, "worker", "--pool", "threads", "--concurrency", "4", "--queues", "default,webhooks")
    schedule = ("--schedule", str(state_dir.run / "beat-schedule"), "--pidfile=")
    commands = {
        "worker": (*worker, "--without-gossip", "--without-mingle", "--loglevel", "INFO"),
        "beat": (*celery, "beat", *schedule, "--loglevel", "INFO"),
        "dispatch": (sys.executable, "manage.py", "dispatch"),
    }
    return tuple(
        Program(name=name, argv=argv, env=env, log=state_dir.log(name), cwd=CHECKOUT) for name, argv in commands.items()
    )


def one_shot(command: str, *, env: Mapping[str, str], log: Path) -> Program:
    """Return `manage.py <command>`, to be waited for."""
    argv = (sys.executable, "manage.py", *command.split())
    return Program(
        name=command.partition(" ")[0], argv=argv, env=env, log=log, cwd=CHECKOUT, stop_signal=signal.SIGTERM
    )
