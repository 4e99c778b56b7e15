"""The life of the supervisor: start everything in order, keep it running, stop it in reverse."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from os import getpid
from socket import socket

from sandbox.embedded.ports import LOOPBACK, first_free_port, hold
from sandbox.errors import PhaseFailed, SandboxError, ServerFailed
from sandbox.processes.child import spawn
from sandbox.processes.identity import ProcessIdentity, identify
from sandbox.state_dir import StateDir, tail
from sandbox.supervisor import programs
from sandbox.supervisor.env_file import given_by_user, has_own_database, read_env_file, write_env_file
from sandbox.supervisor.health import why_not_healthy
from sandbox.supervisor.keeper import Keeper
from sandbox.supervisor.log import say
from sandbox.supervisor.records import MARK, end_orphans, forget, record
from sandbox.supervisor.secrets_file import load_secrets
from sandbox.supervisor.servers import postgres_server, start_postgres, start_valkey, valkey_server
from sandbox.supervisor.signals import Signals, StopRequested
from sandbox.supervisor.state import Phase, State, write_state

API_READY_SECONDS = 120.0
_SERVERS = ("postgres", "valkey")
_IDLE_SECONDS = 60.0
_POLL_SECONDS = 0.1


class Supervisor:
    """Runs one system; `environ` is the user's environment, which wins over everything chosen here."""

    def __init__(self, *, state_dir: StateDir, environ: Mapping[str, str], signals: Signals) -> None:
        self._state_dir = state_dir
        self._given = given_by_user(state_dir, environ)
        self._signals = signals
        self._keeper = Keeper(state_dir=state_dir, say=say)
        self._variables: dict[str, str] = {}
        self._held_ports: list[socket] = []
        own = identify(getpid()) or ProcessIdentity(pid=getpid(), started="unknown")
        self._state = State(supervisor=own, started_at=datetime.now(UTC).isoformat(timespec="seconds"))

    def run(self) -> int:
        """Run until a stop is asked for; return 0, or 1 when the system could not be started."""
        self._publish()
        code = 0
        try:
            self._start()
            self._watch()
        except StopRequested:
            say("stopping")
        except (SandboxError, OSError) as error:
            say(f"failed: {error}")
            self._state = replace(self._state, failure=str(error))
            code = 1
        finally:
            self._stop()
        return code

    def _start(self) -> None:
        end_orphans(self._state_dir, say=say)
        self._start_servers()
        port = first_free_port(programs.API_PREFERRED_PORT)
        self._held_ports.append(hold(port))
        stream_port = first_free_port(programs.STREAM_PREFERRED_PORT, avoid={port})
        self._held_ports.append(hold(stream_port))
        self._settle_variables(port, stream_port)
        env = self._environment()
        for command in ("provision_roles", "migrate"):
            self._one_shot(command, env=env)
        # The API and the workers load their code while the sandbox is being filled.
        self._keeper.start(programs.api(port=port, env=env, log=self._state_dir.log("api")))
        self._keeper.start(programs.stream(port=stream_port, env=env, log=self._state_dir.log("stream")))
        for program in programs.background(self._state_dir, env=env):
            self._keeper.start(program)
        self._publish()
        self._one_shot("seed_sandbox", env=env)
        if self._state_dir.credentials.is_file():
            self._state_dir.credentials.chmod(0o600)  # whoever wrote it, it holds every secret of the sandbox
        self._await_api(f"http://{LOOPBACK}:{port}")
        self._state = replace(self._state, ready=True)
        self._publish()

    def _start_servers(self) -> None:
        secrets, environ = load_secrets(self._state_dir), self._given
        if has_own_database(environ):
            self._variables |= {name: environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
        else:
            with self._phase("postgres") as tell:
                server = postgres_server(self._state_dir, secrets, environ=environ)
                postgres = start_postgres(server, secrets, pause=self._signals.wait)
                self._keeper.adopt(postgres.child)
                self._variables |= postgres.variables
                tell(postgres.detail)
        if environ.get("REDIS_URL"):
            self._variables["REDIS_URL"] = environ["REDIS_URL"]
        else:
            with self._phase("valkey") as tell:
                cache = valkey_server(self._state_dir, secrets, environ=environ)
                valkey = start_valkey(cache, pause=self._signals.wait)
                self._keeper.adopt(valkey.child)
                self._variables |= valkey.variables
                tell(valkey.detail)

    def _settle_variables(self, port: int, stream_port: int) -> None:
        """Choose what the user left open, write `.data/env`, and publish the URLs."""
        chosen = {
            "SECRET_KEY": load_secrets(self._state_dir).secret_key,
            "PUBLIC_URL": f"http://{LOOPBACK}:{port}",
            "STREAM_URL": f"http://{LOOPBACK}:{stream_port}",
            "WEBHOOK_ALLOW_PRIVATE": "1",
            "ALLOWED_HOSTS": f"localhost,{LOOPBACK},[::1]",
        }
        self._variables |= {name: self._given.get(name) or value for name, value in chosen.items()}
        given = frozenset(name for name in self._variables if self._given.get(name) == self._variables[name])
        write_env_file(self._state_dir, self._variables, given=given)
        base = f"http://{LOOPBACK}:{port}"
        admin = f"{base}/admin/"  # its first page is the dashboard
        stream = f"http://{LOOPBACK}:{stream_port}"
        urls = {"api": base, "stream": stream, "docs": f"{base}/docs", "admin": admin, "dashboard": admin}
        self._state = replace(self._state, urls=urls)

    def _environment(self) -> dict[str, str]:
        return {
            **self._given,
            **self._variables,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            MARK: str(self._state_dir.root),
        }

    def _one_shot(self, command: str, *, env: Mapping[str, str]) -> None:
        """Run `manage.py <command>` to its end; raises PhaseFailed with the end of its log."""
        with self._phase(command) as tell:
            log = self._state_dir.log(command)
            log.unlink(missing_ok=True)  # its last line is told below: it must not be an earlier run's
            child = spawn(programs.one_shot(command, env=env, log=log))
            record(self._state_dir, child)
            try:
                while (code := child.exit_code()) is None:
                    self._signals.wait(_IDLE_SECONDS)
                    self._tend()
            finally:
                child.kill()
                forget(self._state_dir, command)
            if code != 0:
                message = f"manage.py {command} ended with code {code}:\n{tail(child.program.log)}"
                raise PhaseFailed(message)
            tell(tail(child.program.log, lines=1).strip())

    def _await_api(self, base_url: str) -> None:
        with self._phase("api") as tell:
            give_up_at = time.monotonic() + API_READY_SECONDS
            while (reason := why_not_healthy(base_url) or why_not_healthy(base_url, "/readyz")) is not None:
                if time.monotonic() > give_up_at:
                    message = f"The API did not become ready ({reason}):\n{tail(self._state_dir.logs / 'api.log')}"
                    raise ServerFailed(message)
                self._signals.wait(_POLL_SECONDS)
                self._tend()
            tell(f"{base_url} answers")

    def _watch(self) -> None:
        while True:
            due = self._tend()
            self._signals.wait(_IDLE_SECONDS if due is None else due)

    def _tend(self) -> float | None:
        due, changed = self._keeper.tend()
        if changed:
            self._publish()
        return due

    def _stop(self) -> None:
        """Stop the product's processes first: they take their leave from the servers."""
        pause = self._signals.wait_uninterrupted
        clients = tuple(process.name for process in self._keeper.processes() if process.name not in _SERVERS)
        self._keeper.stop(clients, pause=pause)
        self._keeper.stop(pause=pause)
        self._state = replace(self._state, ready=False)
        self._publish()
        # A user's own servers are asked for anew at the next start; our own values serve nobody while we are down.
        kept = {key: value for key, value in read_env_file(self._state_dir).items() if self._given.get(key) != value}
        if self._state_dir.env_file.is_file():
            write_env_file(self._state_dir, kept, given=frozenset())
        for held in self._held_ports:
            held.close()
        say("stopped")

    @contextmanager
    def _phase(self, name: str) -> Iterator[Callable[[str], None]]:
        started, details = time.monotonic(), [""]
        yield details.append
        phase = Phase(name=name, detail=details[-1], seconds=round(time.monotonic() - started, 2))
        self._state = replace(self._state, phases=(*self._state.phases, phase))
        say(f"{name}: {phase.detail} ({phase.seconds:.2f} s)")
        self._publish()

    def _publish(self) -> None:
        self._state = replace(self._state, processes=tuple(self._keeper.processes()))
        write_state(self._state_dir, self._state)
