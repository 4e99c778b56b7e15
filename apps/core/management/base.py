"""What our management commands share: one sentence for every failure, help with examples, `--json` for scripts."""

import argparse
import json
import os
import sys
from abc import abstractmethod
from typing import Any, TypeAlias

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.db import OperationalError, ProgrammingError

from apps.core.errors import Refusal, Unavailable

Options: TypeAlias = dict[str, Any]

# Options of every Django command that say nothing about ours; they work, and `manage.py help` names them.
_UNSAID = {
    "--version",
    "--verbosity",
    "--settings",
    "--pythonpath",
    "--traceback",
    "--no-color",
    "--force-color",
    "--skip-checks",
}
_INTERRUPTED = 130
_VARIABLES = {"default": "DATABASE_URL", "owner": "DATABASE_OWNER_URL"}
_EXAMPLES = "examples:\n"


class HelpFormatter(DjangoHelpFormatter):
    """Keeps the lines of examples as they are written."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if text.startswith(_EXAMPLES) else super()._fill_text(text, width, indent)


class Command(BaseCommand):
    """A command that tells what happened in one sentence, to people or (with --json) to scripts.

    Exit codes: 0 done; 1 refused, failed or found wrong; 2 asked wrongly. Colours only on a terminal, and never with
    NO_COLOR in the environment.
    """

    requires_system_checks: list[str] = []
    suppressed_base_arguments = _UNSAID
    examples = ""
    database = "default"  # which of the settings' databases it works on

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"no_color": bool(os.environ.get("NO_COLOR")), **kwargs})

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Have the help end with the examples."""
        return super().create_parser(
            prog_name, subcommand, formatter_class=HelpFormatter, epilog=_epilog(self.examples), **kwargs
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run, and turn what a person can mend into a sentence with its remedy."""
        try:
            self.run(options)
        except Unavailable as error:
            raise CommandError(_database_is_away(self.database)) from error
        except Refusal as refusal:
            raise CommandError(refusal.detail) from refusal
        except OperationalError as error:
            raise CommandError(_database_is_away(self.database)) from error
        except ProgrammingError as error:
            if getattr(error.__cause__, "sqlstate", None) != "42P01":
                raise
            message = "The database has no tables yet: run `python manage.py migrate`."
            raise CommandError(message) from error
        except KeyboardInterrupt:
            sys.exit(_INTERRUPTED)

    @abstractmethod
    def run(self, options: Options) -> None:
        """Do the work."""

    def tell(self, options: Options, facts: object, text: str) -> None:
        """Print the facts as JSON where that was asked for, else the text."""
        self.stdout.write(json.dumps(facts, indent=2) if options.get("json") else text)


def add_action(actions: Any, name: str, *, summary: str, examples: str = "") -> argparse.ArgumentParser:
    """Add a subcommand with help of its own; `actions` is what `add_subparsers` returned."""
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=summary, description=summary, formatter_class=HelpFormatter, epilog=_epilog(examples)
    )
    return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """Offer the form for scripts."""
    parser.add_argument("--json", action="store_true", help="answer with JSON on standard output")


def _epilog(examples: str) -> str | None:
    return _EXAMPLES + examples if examples else None


def _database_is_away(name: str) -> str:
    database = settings.DATABASES[name]
    place = f"{database['HOST']}:{database['PORT']}"
    return f"The database at {place} does not answer: start it (`make up` in a checkout) or correct {_VARIABLES[name]}."
