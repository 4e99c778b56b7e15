"""The page on concurrency names tests that are there, and says what each guards against in the test's own words."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture" / "concurrency.md"
_ROW = re.compile(r"^\| (\d+) \| [^|]+ \| `([\w/]+\.py)` `(test_\w+)` \| (.+) \|$", re.MULTILINE)
_WAITING = re.compile(r"^\| (\d+) \| [^|]+ \| [^|`]+ \|$", re.MULTILINE)


def _docstrings(path: Path) -> dict[str, str]:
    """Return what each test of a file says of itself, on one line."""
    tests = [
        node
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    return {test.name: " ".join((ast.get_docstring(test) or "").split()) for test in tests}


def test_each_row_names_a_test_and_repeats_its_docstring() -> None:
    for _, path, name, guard in _ROW.findall(PAGE.read_text(encoding="utf-8")):
        assert _docstrings(ROOT / "tests" / path).get(name) == guard, name


def test_every_test_of_concurrency_has_a_row() -> None:
    named = {name for _, _, name, _ in _ROW.findall(PAGE.read_text(encoding="utf-8"))}
    tests = {name for path in (ROOT / "tests" / "concurrency").glob("test_*.py") for name in _docstrings(path)}
    assert tests - named == set()


def test_no_scenario_is_left_out_in_silence() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tried = {int(number) for number, *_ in _ROW.findall(text)}
    assert tried | {int(number) for number in _WAITING.findall(text)} == set(range(1, max(tried) + 1))
