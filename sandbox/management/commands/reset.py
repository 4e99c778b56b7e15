"""`python manage.py reset --yes`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from sandbox.management.base import SandboxCommand
from sandbox.removal import remove_system
from sandbox.running import stop
from sandbox.state_dir import default_state_dir


class Command(SandboxCommand):
    """Stop everything and remove the data, the logs and the credentials."""

    help = "Stop everything and remove the data, the logs and the credentials in .data/."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask for an explicit yes."""
        parser.add_argument("--yes", action="store_true", help="really remove all data")

    def run(self, options: dict[str, Any]) -> None:
        """Remove, after a stop."""
        if not options["yes"]:
            message = "This removes all data and credentials of the sandbox. Say `reset --yes` to do it."
            raise CommandError(message)
        stop()
        for path in remove_system(default_state_dir()):
            self.stdout.write(f"removed {path}")
