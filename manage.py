#!/usr/bin/env python
"""Django's command line for Stockwire."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

PACKAGES = Path(__file__).resolve().parent / ".venv" / "bin" / "python"


def main() -> None:
    """Run the command, with the checkout's own packages where this Python has none."""
    if find_spec("django") is None:
        if not PACKAGES.is_file():
            sys.exit("The packages are not installed yet: run `make up`, or `make venv`.")
        os.execv(PACKAGES, [str(PACKAGES), *sys.argv])  # noqa: S606 -- the same command, by another Python
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- only now is it known to be there

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
