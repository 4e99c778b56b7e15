"""Starting one server on a free port and waiting until it answers."""

import time
from dataclasses import dataclass
from typing import Protocol

from sandbox.embedded.ports import first_free_port, is_free
from sandbox.errors import ServerFailed
from sandbox.processes.child import Child, Pause, spawn
from sandbox.processes.program import Program
from sandbox.state_dir import tail

READY_SECONDS = 60.0
_POLL_SECONDS = 0.03
_PORT_ATTEMPTS = 8


class Server(Protocol):
    """What can be launched: PostgreSQL or Valkey."""

    @property
    def name(self) -> str:
        """The name of process, log and record."""

    @property
    def preferred_port(self) -> int:
        """The port to try first."""

    def program(self, port: int) -> Program:
        """Return the program that serves on `port`."""

    def why_not_ready(self, port: int) -> str | None:
        """Return None when it answers with our password, else what it said; raises PasswordsLost."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A server that answers."""

    child: Child
    port: int


def launch(server: Server, *, pause: Pause = time.sleep, deadline_seconds: float = READY_SECONDS) -> Launched:
    """Start `server` on the first free port from its preferred one, and return when it answers.

    Raises ServerFailed, with the end of its log, when it ends or stays silent for `deadline_seconds`.
    """
    avoid: set[int] = set()
    for _ in range(_PORT_ATTEMPTS):
        port = first_free_port(server.preferred_port, avoid=avoid)
        child = spawn(server.program(port))
        try:
            wait_until_ready(server, child=child, port=port, pause=pause, deadline_seconds=deadline_seconds)
        except ServerFailed:
            # Between our look at the port and the server's, a neighbour may have taken it; otherwise it is a failure.
            if child.exit_code() is None or is_free(port):
                child.kill()
                raise
            avoid.add(port)
        except BaseException:
            child.kill()
            raise
        else:
            return Launched(child=child, port=port)
    message = f"{server.name} found every port it tried taken: {sorted(avoid)}."
    raise ServerFailed(message)


def wait_until_ready(server: Server, *, child: Child, port: int, pause: Pause, deadline_seconds: float) -> None:
    """Return when `server` answers; raises ServerFailed when its process ends or the deadline passes."""
    give_up_at = time.monotonic() + deadline_seconds
    while True:
        code = child.exit_code()
        if code is not None:
            message = f"{server.name} ended with code {code} while starting:\n{tail(child.program.log)}"
            raise ServerFailed(message)
        reason = server.why_not_ready(port)
        if reason is None:
            return
        if time.monotonic() > give_up_at:
            what = f"{server.name} did not answer within {deadline_seconds:.0f} s ({reason})"
            message = f"{what}:\n{tail(child.program.log)}"
            raise ServerFailed(message)
        pause(_POLL_SECONDS)
