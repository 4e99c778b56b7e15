"""`python manage.py up`."""

from typing import Any

from sandbox.banner import banner
from sandbox.management.base import SandboxCommand
from sandbox.running import ensure_running
from sandbox.supervisor.state import Phase


class Command(SandboxCommand):
    """Start everything in the background and return when the API answers."""

    help = "Start PostgreSQL, Valkey, the API and the workers in the background; return when the API answers."

    def run(self, options: dict[str, Any]) -> None:
        """Start, or say that it runs already, and print the banner."""
        running = ensure_running(report=self._tell)
        if not running.started_by_us:
            self.stdout.write(f"  already running, pid {running.state.supervisor.pid}, URL {running.base_url}")
        self.stdout.write(banner(running))

    def _tell(self, phase: Phase) -> None:
        self.stdout.write(f"  {phase.name:<16} {phase.detail:<100.100} {phase.seconds:6.2f} s")
        self.stdout.flush()
