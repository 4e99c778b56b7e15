"""The guide to clients quotes what is tested, word for word."""

import re
from textwrap import dedent

import pytest

from sandbox.state_dir import CHECKOUT

GUIDE = (CHECKOUT / "docs" / "guides" / "clients.md").read_text(encoding="utf-8")
JOURNEYS = {
    "python": (CHECKOUT / "tests" / "e2e" / "python_journey.py", "#"),
    "typescript": (CHECKOUT / "tests" / "system" / "node" / "journey.ts", "//"),
}
NAMES = {"token", "post", "refused", "pages", "patch", "event"}


def marked(language: str) -> dict[str, str]:
    """Return what stands between `guide: <name>` and `end` in a journey."""
    path, comment = JOURNEYS[language]
    found = re.findall(
        rf"^ *{comment} guide: (\w+)\n(.*?)^ *{comment} end$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return {name: dedent(lines).strip() for name, lines in found}


@pytest.mark.parametrize("language", JOURNEYS)
def test_every_snippet_is_a_tested_one_and_every_tested_one_is_there(language: str) -> None:
    snippets = [snippet.strip() for snippet in re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)]
    assert set(marked(language)) == NAMES
    assert sorted(snippets) == sorted(marked(language).values())
