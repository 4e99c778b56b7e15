"""What the sandbox's commands add to ours: they run with no database, and say what the sandbox refuses."""

from typing import Any

from django.core.management.base import CommandError

from apps.core.management.base import Command
from sandbox.errors import SandboxError


class SandboxCommand(Command):
    """A command that needs neither a database nor system checks."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn the sandbox's errors into one message without a traceback."""
        try:
            super().handle(*args, **options)
        except SandboxError as error:
            raise CommandError(str(error)) from error
        except PermissionError as error:
            message = f"{error}: the state directory belongs to another user; run this as that user."
            raise CommandError(message) from error
