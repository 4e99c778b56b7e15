"""Management commands as a person or a script runs them: what they say and their exit code."""

import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from unittest.mock import patch

from django.core.management import execute_from_command_line

from sandbox.state_dir import CHECKOUT


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command said and its exit code."""

    code: int
    out: str
    err: str


def manage(*words: str, **environment: str) -> Ended:
    """Run `manage.py` in this process, by the way in that the command line takes, with more in the environment."""
    out, err, code = StringIO(), StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err), patch.dict(os.environ, environment):
        try:
            execute_from_command_line(["manage.py", *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Ended(code, out.getvalue(), err.getvalue())


def manage_elsewhere(*words: str, **environment: str) -> Ended:
    """Run `manage.py` in a process of its own, with more in the environment than this process's."""
    process = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ended(process.returncode, process.stdout, process.stderr)
