"""What the sandbox's commands share: they run with no database and end with one clear sentence."""

from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sandbox.errors import SandboxError


class SandboxCommand(BaseCommand):
    """A command that needs neither a database nor system checks."""

    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn the sandbox's errors into one message without a traceback."""
        try:
            self.run(options)
        except SandboxError as error:
            raise CommandError(str(error)) from error
        except PermissionError as error:
            message = f"{error}: the state directory belongs to another user; run this as that user."
            raise CommandError(message) from error

    @abstractmethod
    def run(self, options: dict[str, Any]) -> None:
        """Do the work."""
