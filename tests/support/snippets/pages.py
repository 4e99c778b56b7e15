"""What stands in the pages: their fenced blocks, each with the kind that decides how it is checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path

from tests.support.snippets.elsewhere import is_covered_elsewhere

ROOT = Path(__file__).resolve().parents[3]
LANGUAGES = ("sh", "python", "typescript")
_FENCE = re.compile(
    r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)
_ANY_FENCE = re.compile(r"^[ >]*(```|~~~)", re.MULTILINE)
_FILE = re.compile(r"[\w-]+\.(sh|py|ts)")


class Kind(StrEnum):
    """How a block is checked."""

    CODE = "run"
    FILE = "saved, for others to run"
    BESIDE = "run in a second terminal"
    ANSWER = "compared with what the code before it printed"
    RECEIVED = "compared with what the second terminal printed"
    ELSEWHERE = "covered by a test of its own"
    PICTURE = "looked at"
    YAML = "parsed"
    SQL = "executed"
    TEMPLATE = "compared with the pages made from it"
    UNKNOWN = "nothing checks it"


_KINDS = {
    **{(language, ""): Kind.CODE for language in LANGUAGES},
    **{(form, "answer"): Kind.ANSWER for form in ("json", "text", "http")},
    ("sh", "a second terminal"): Kind.BESIDE,
    ("json", "the receiver prints"): Kind.RECEIVED,
    ("text", ""): Kind.PICTURE,
    ("yaml", ""): Kind.YAML,
    ("sql", ""): Kind.SQL,
    ("markdown", ""): Kind.TEMPLATE,
}


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block. `start` and `end` are its place in the page's text."""

    page: Path
    language: str
    title: str
    text: str
    start: int
    end: int

    @property
    def kind(self) -> Kind:
        """Return how the block is checked."""
        if self.language in LANGUAGES and not self.title and is_covered_elsewhere(self.text):
            return Kind.ELSEWHERE
        if self.language in LANGUAGES and _FILE.fullmatch(self.title):
            return Kind.FILE
        return _KINDS.get((self.language, self.title), Kind.UNKNOWN)

    def __str__(self) -> str:
        line = self.page.read_text(encoding="utf-8").count("\n", 0, self.start) + 1
        return f"{self.page.parent.name}/{self.page.name}:{line}"


def pages() -> list[Path]:
    """Return every page that a reader may paste from."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """Return the page's fenced blocks in order; raises ValueError for a fence that is written in another way."""
    text = page.read_text(encoding="utf-8")
    found = list(_FENCE.finditer(text))
    if len(_ANY_FENCE.findall(text)) != 2 * len(found) + sum(len(_ANY_FENCE.findall(each["text"])) for each in found):
        message = (
            f"{page.relative_to(ROOT)} has a fence that is indented, not closed, or has other options than a title."
        )
        raise ValueError(message)
    return [
        Block(page, each["language"], each["title"] or "", each["text"], start=each.start(), end=each.end())
        for each in found
    ]


def groups_of(page: Path) -> Iterator[list[Block]]:
    """Yield the blocks in the groups that the site shows as tabs: code with nothing but empty lines between."""
    text = page.read_text(encoding="utf-8")
    blocks = blocks_of(page)
    number, numbers = 0, {}
    for before, block in zip([None, *blocks], blocks, strict=False):
        together = before is not None and text[before.end : block.start].strip() == ""
        if not (together and _may_stand_together(before, block)):
            number += 1
        numbers[block.start] = number
    for _, group in groupby(blocks, key=lambda block: numbers[block.start]):
        yield list(group)


def _may_stand_together(before: Block | None, block: Block) -> bool:
    kinds = {Kind.CODE, Kind.FILE}
    return (
        before is not None and before.kind == block.kind and block.kind in kinds and before.language != block.language
    )
