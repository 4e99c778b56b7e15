"""schemathesis on the live server, as its command line runs it: every operation, every check, every phase."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.state_dir import CHECKOUT

CONFIG = CHECKOUT / "tests" / "contract" / "schemathesis.toml"
DOCUMENT = CHECKOUT / "docs" / "api" / "openapi.json"


@dataclass(frozen=True, slots=True)
class FuzzReport:
    """What a run came to."""

    passed: bool
    operations: int
    cases: int
    text: str


def fuzz(
    base: str, token: str, *, scratch: Path, examples: int, seed: int, options: tuple[str, ...] = ()
) -> FuzzReport:
    """Send generated requests, good and bad, of the committed document's operations to the server at `base`."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG), "run", str(DOCUMENT)),
            *("--url", base, "--header", f"Authorization: Bearer {token}", "--mode", "all"),
            *("--max-examples", str(examples), "--seed", str(seed), "--workers", "1", "--continue-on-failure"),
            *("--suppress-health-check", "all", "--warnings", "off", *options),
        ],
        cwd=scratch,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.support.fuzzing_hooks", "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    text = done.stdout + done.stderr
    return FuzzReport(
        passed=done.returncode == 0,
        operations=_number(r"Tested: (\d+)", text),
        cases=_number(r"(\d+) generated", text),
        text=text,
    )


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    return int(found[1]) if found else 0
