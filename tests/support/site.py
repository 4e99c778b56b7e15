"""The documentation's site, built as `make docs` builds it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.snippets.pages import ROOT


def build_site(place: Path) -> Path:
    """Build the site into `place`. A broken link or anchor, and a page that is in no navigation, fails the build."""
    built = run_mkdocs(ROOT, place)
    assert built.returncode == 0, built.stderr
    return place


def run_mkdocs(checkout: Path, place: Path) -> "subprocess.CompletedProcess[str]":
    """Build a checkout's pages and return how it ended. Not `--quiet`: that hides the warnings from `--strict` too."""
    return subprocess.run(
        (sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(place)),
        cwd=checkout,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
