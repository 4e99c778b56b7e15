"""`python manage.py logs`."""

import os
import time
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandError, CommandParser

from sandbox.management.base import SandboxCommand
from sandbox.state_dir import default_state_dir, tail

_LINES = 40
_POLL_SECONDS = 0.2


class Command(SandboxCommand):
    """Show the ends of the logs, and what is added to them."""

    help = "Show the end of one process's log, or of all; -f keeps showing what is added."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a name and -f."""
        parser.add_argument("name", nargs="?", help="api, worker, beat, dispatch, postgres, valkey, supervisor, …")
        parser.add_argument("-f", "--follow", action="store_true", help="keep showing what is added, until Ctrl-C")

    def run(self, options: dict[str, Any]) -> None:
        """Print the ends, then follow if asked to."""
        paths = _logs(options["name"])
        for path in paths:
            self.stdout.write(f"==> {path.stem} <==\n{tail(path, lines=_LINES)}")
        if options["follow"]:
            self._follow(paths)

    def _follow(self, paths: list[Path]) -> None:
        files = {path: path.open(encoding="utf-8", errors="replace") for path in paths}
        for file in files.values():
            file.seek(0, os.SEEK_END)
        try:
            while True:
                news = [self._print_news(path, file) for path, file in files.items()]
                if not any(news):
                    time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            self.stdout.write("")
        finally:
            for file in files.values():
                file.close()

    def _print_news(self, path: Path, file: IO[str]) -> bool:
        text = file.read()
        for line in text.splitlines():
            self.stdout.write(f"{path.stem:<10} {line}")
        self.stdout.flush()
        return bool(text)


def _logs(name: str | None) -> list[Path]:
    logs = default_state_dir().logs
    known = sorted(logs.glob("*.log")) if logs.is_dir() else []
    paths = [path for path in known if name is None or path.stem == name]
    if not paths:
        message = f"There is no log {name or ''}: known are {', '.join(path.stem for path in known) or 'none'}."
        raise CommandError(message)
    return paths
