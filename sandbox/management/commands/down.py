"""`python manage.py down`."""

from typing import Any

from sandbox.management.base import SandboxCommand
from sandbox.running import stop


class Command(SandboxCommand):
    """Stop everything that `up` started; data and credentials stay."""

    help = "Stop everything that `up` started; data and credentials stay."

    def run(self, options: dict[str, Any]) -> None:
        """Stop and wait until nothing runs."""
        self.stdout.write("stopped" if stop() else "was not running")
