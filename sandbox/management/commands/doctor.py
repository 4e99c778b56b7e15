"""`python manage.py doctor`."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from typing import Any

from sandbox.embedded.accounts import account_for_servers, can_enter, can_execute
from sandbox.embedded.discovery import Binaries, find_postgres, find_valkey
from sandbox.embedded.place import shared_place
from sandbox.embedded.ports import is_free
from sandbox.errors import SandboxError
from sandbox.management.base import SandboxCommand
from sandbox.state_dir import CHECKOUT, StateDir, default_state_dir
from sandbox.supervisor.env_file import given_by_user
from sandbox.supervisor.state import running_state

_ENOUGH_DISK_BYTES = 1 << 30
_PORTS = {"api": 28000, "valkey": 28379, "postgres": 28432}


class Command(SandboxCommand):
    """Tell what the sandbox finds on this machine: binaries, accounts, ports, disk."""

    help = "Tell what the sandbox finds on this machine: binaries, accounts, ports, disk. Changes nothing."

    def run(self, options: dict[str, Any]) -> None:
        """Print one line per finding; exit code 1 when one of them stops the sandbox from starting."""
        healthy = True
        for good, subject, finding in _findings(default_state_dir()):
            healthy = healthy and good
            self.stdout.write(f"{'ok     ' if good else 'PROBLEM'} {subject:<10} {finding}")
        if not healthy:
            sys.exit(1)


def _findings(state_dir: StateDir) -> Iterator[tuple[bool, str, str]]:
    version = platform.python_version()
    yield sys.version_info >= (3, 11), "python", f"{version} at {sys.executable}"
    yield True, "machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"
    given = given_by_user(state_dir, os.environ)
    for name, variable, find in (("postgres", "DATABASE_URL", find_postgres), ("valkey", "REDIS_URL", find_valkey)):
        if given.get(variable):
            yield True, name, f"{variable} is set: nothing embedded is started"
            continue
        try:
            binaries = find()
            yield True, name, f"{binaries.version} from the {binaries.origin}, {binaries.server}{_reach(binaries)}"
        except SandboxError as error:
            yield False, name, str(error)
    yield from _account_and_place(state_dir)
    state = running_state(state_dir)
    yield True, "running", "no" if state is None else f"yes, supervisor pid {state.supervisor.pid}"
    for name, port in _PORTS.items():
        taken = "taken: by us if we run, else the next free one will be used"
        yield True, "port", f"{port} for {name} is {'free' if is_free(port) else taken}"
    free = shutil.disk_usage(CHECKOUT).free
    yield free >= _ENOUGH_DISK_BYTES, "disk", f"{free / (1 << 30):.1f} GiB free, 1 GiB is enough"


def _account_and_place(state_dir: StateDir) -> Iterator[tuple[bool, str, str]]:
    try:
        account = account_for_servers()
    except SandboxError as error:
        yield False, "account", str(error)
        return
    if account is None:
        yield True, "account", "servers run as the present user"
        yield True, "state", str(state_dir.root)
        return
    yield True, "account", f"we are root: servers run as {account.name}"
    existing = next(path for path in (state_dir.root, *state_dir.root.parents) if path.is_dir())
    where = state_dir.root if can_enter(existing, account=account) else shared_place()
    yield True, "state", f"{state_dir.root}, data in {where}"


def _reach(binaries: Binaries) -> str:
    try:
        account = account_for_servers()
    except SandboxError:
        return ""  # told on a line of its own
    if account is None or can_execute(binaries.server, account=account):
        return ""
    return f" (out of reach of {account.name}: a copy in {shared_place()} is used)"
