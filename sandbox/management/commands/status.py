"""`python manage.py status`."""

import json
import shlex
import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from sandbox.credentials import read_credentials
from sandbox.management.base import SandboxCommand
from sandbox.state_dir import StateDir, default_state_dir
from sandbox.supervisor.env_file import read_env_file
from sandbox.supervisor.state import State, running_state


class Command(SandboxCommand):
    """Tell what runs and where; exit code 1 when nothing does."""

    help = (
        "Tell what runs and where, for people or (--json, --env, --clients) for scripts. Exit code 1 when nothing runs."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the forms for scripts."""
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="URLs, principals and processes as JSON")
        form.add_argument("--env", action="store_true", help='shell exports: eval "$(python manage.py status --env)"')
        form.add_argument(
            "--clients",
            nargs="?",
            const="",
            metavar="TENANT",
            help="shell exports for calling the API, and nothing else; as the clients of the first tenant or of TENANT",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Print the form asked for."""
        state_dir = default_state_dir()
        state = running_state(state_dir)
        if options["json"]:
            self.stdout.write(json.dumps(_as_json(state_dir, state), indent=2))
        elif options["env"]:
            self.stdout.write(_as_exports(state_dir, state))
        elif options["clients"] is not None:
            self.stdout.write(_as_clients(state_dir, state, options["clients"]))
        else:
            self.stdout.write(_as_text(state))
        if state is None or not state.ready:
            if options["env"] or options["clients"] is not None:
                self.stderr.write("The sandbox does not run: start it with `make up`.")  # eval would swallow the rest
            sys.exit(1)


def _as_json(state_dir: StateDir, state: State | None) -> dict[str, Any]:
    if state is None:
        return {"running": False}
    credentials = read_credentials(state_dir)
    return {
        "running": True,
        "ready": state.ready,
        **state.urls,
        "startedAt": state.started_at,
        "supervisor": state.supervisor.pid,
        "principals": [principal.as_json() for principal in credentials.principals],
        "processes": [
            {"name": process.name, "pid": process.pid, "restarts": process.restarts, "log": process.log}
            for process in state.processes
        ],
        "phases": [{"name": phase.name, "detail": phase.detail, "seconds": phase.seconds} for phase in state.phases],
    }


def _as_exports(state_dir: StateDir, state: State | None) -> str:
    if state is None:
        return "# not running"
    return _exports(read_env_file(state_dir) | _addresses(state))


def _as_clients(state_dir: StateDir, state: State | None, tenant: str) -> str:
    """Return what a caller needs. Unlike `--env` it leaves a shell in which `make test` starts servers of its own."""
    if state is None:
        return "# not running"
    values, credentials = _addresses(state), read_credentials(state_dir)
    known = credentials.tenants()
    if tenant and tenant not in known:
        message = f"The sandbox has no tenant {tenant!r}: it has {' and '.join(known)}."
        raise CommandError(message)
    for principal in credentials.of_tenant(tenant or known[0]) if known else ():
        prefix = f"STOCKWIRE_{principal.party.upper()}"
        values |= {f"{prefix}_ID": principal.client_id, f"{prefix}_SECRET": principal.client_secret}
    return _exports(values)


def _addresses(state: State) -> dict[str, str]:
    return {f"STOCKWIRE_{name.upper()}": url for name, url in state.urls.items()}


def _exports(values: Mapping[str, str]) -> str:
    return "\n".join(f"export {key}={shlex.quote(value)}" for key, value in values.items())


def _as_text(state: State | None) -> str:
    if state is None:
        return "not running"
    condition = "ready" if state.ready else "starting"
    lines = [f"{condition}, started at {state.started_at}, supervisor pid {state.supervisor.pid}"]
    addresses: dict[str, str] = {}
    for name, url in state.urls.items():
        addresses.setdefault(url, name)  # the admin's first page is the dashboard: one address, one line
    lines += [f"  {name:<9} {url}" for url, name in addresses.items()]
    for process in state.processes:
        pid = "waits to be started again" if process.pid is None else f"pid {process.pid}"
        restarts = f", restarted {process.restarts} times" if process.restarts else ""
        lines.append(f"  {process.name:<9} {pid}{restarts}   log {process.log}")
    lines += [f"  {phase.name}: {phase.detail}" for phase in state.phases if phase.name in {"postgres", "valkey"}]
    return "\n".join(lines)
