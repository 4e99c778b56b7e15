"""The pages' TypeScript is sound under the strictest checks and does what the pages say."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.snippets.pages import ROOT, Kind, blocks_of, pages
from tests.support.snippets.reader import Reader
from tests.support.snippets.sandbox import live_system, new_reader

_PAGES = [
    document
    for document in pages()
    if any(block.language == "typescript" and block.kind is Kind.CODE for block in blocks_of(document))
]
_CHECKS = {
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "noEmit": True,
    "allowImportingTsExtensions": True,
    "module": "nodenext",
    "target": "es2022",
    "lib": ["es2023"],
    "types": ["node"],
    "skipLibCheck": True,
}


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    """Serve the API and deliver webhooks while the pages are worked through."""
    with live_system() as base:
        yield base


@pytest.fixture
def reader(live: str, tmp_path: Path, node: Path) -> Reader:
    """Return a reader who has installed the packages that the pages name."""
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "tsconfig.json").write_text(json.dumps({"compilerOptions": _CHECKS, "include": ["*.ts"]}))
    return new_reader(tmp_path, live)


def _id(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def test_every_snippet_passes_the_strictest_checks(reader: Reader) -> None:
    for document in _PAGES:
        reader.program(document, "typescript")

    checked = subprocess.run(
        ("node_modules/.bin/tsc", "-p", "."), cwd=reader.place, capture_output=True, text=True, timeout=120, check=False
    )

    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("document", _PAGES, ids=_id)
def test_a_page_works_as_it_says(document: Path, reader: Reader) -> None:
    differences = reader.work_through(document, "typescript")

    assert differences == [], "\n".join(differences)
