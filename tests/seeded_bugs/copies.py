"""A copy of the checkout with servers and a template database of its own: what is patched there is what runs."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.state_dir import CHECKOUT
from tests.seeded_bugs.bugs import Bug
from tests.seeded_bugs.patching import DoesNotApply, patched

_LEFT_OUT = (
    ".git",
    ".venv",
    ".data",
    "site",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
)
_SECONDS = 900
_TESTS_FAILED = 1
_FAILED = re.compile(r"^FAILED (?:tests/)?(\S+)", re.MULTILINE)
# What a run of tests sets for itself: the copy starts servers of its own.
_OUTER_RUN = (
    *("STOCKWIRE_TEST_SERVERS", "PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "DATABASE_URL", "DATABASE_OWNER_URL"),
    *("REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "ALLOWED_HOSTS", "WEBHOOK_ALLOW_PRIVATE", "DJANGO_SETTINGS_MODULE"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """How a run of tests ended."""

    code: int
    seconds: float
    output: str

    @property
    def passed(self) -> bool:
        """True where every test passed."""
        return self.code == 0

    @property
    def first_failure(self) -> str:
        """The first test that failed, or the end of what was printed."""
        found = _FAILED.search(self.output)
        return found[1] if found else ("" if self.passed else self.output[-400:])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a bug: the test that failed, or why it was not caught."""

    bug: Bug
    said: str
    seconds: float
    caught: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """A scratch copy of the checkout."""

    root: Path

    @classmethod
    def of_checkout(cls, root: Path) -> "Copy":
        """Copy the checkout as it lies there, what is not committed included."""
        shutil.copytree(CHECKOUT, root, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
        return cls(root)

    def verdict(self, bug: Bug) -> Verdict:
        """Run a bug's tests with the bug in place."""
        try:
            changed = patched(self.root, bug.patch.read_text(encoding="utf-8"))
        except (DoesNotApply, OSError) as error:
            return Verdict(bug, f"the patch does not apply: {error}", 0.0)
        sound = {path: path.read_text(encoding="utf-8") for path in changed}
        _write(changed)
        try:
            run = self.run(bug.tests)
        finally:
            _write(sound)
        caught = run.code == _TESTS_FAILED and _FAILED.search(run.output) is not None
        return Verdict(bug, "every test passes" if run.passed else run.first_failure, run.seconds, caught)

    def run(self, tests: tuple[str, ...] | list[str]) -> Run:
        """Run tests up to the first failure."""
        environment = {name: value for name, value in os.environ.items() if name not in _OUTER_RUN}
        environment |= {"STOCKWIRE_SHRINK": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        argv = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=short", *tests)
        started = time.perf_counter()
        done = subprocess.run(
            argv, cwd=self.root, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
        return Run(done.returncode, time.perf_counter() - started, done.stdout + done.stderr)


def _write(files: dict[Path, str]) -> None:
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
