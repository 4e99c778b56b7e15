"""A page's snippets of one language as one program, with a halt after each for the reader to look at what it printed."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.snippets.pages import Block, Kind, groups_of

HALT = "--- the reader looks ---"


@dataclass(frozen=True, slots=True)
class Step:
    """Code to run (None: nothing of this language), then what is looked at and started before the next."""

    code: Block | None
    looks: tuple[Block, ...]

    @property
    def where(self) -> str:
        """Return page and line of what the step begins with."""
        return str(self.code or self.looks[0])


@dataclass(frozen=True, slots=True)
class Language:
    """How the snippets of a language are run."""

    suffix: str
    opening: str
    halt: str
    argv: tuple[str, ...]
    second_terminal: str


LANGUAGES = {
    "sh": Language(
        suffix="sh",
        opening="set -euo pipefail\n",
        halt=f"printf '\\n%s\\n' '{HALT}'; read -r _\n",
        argv=("bash",),
        second_terminal="python3 ",
    ),
    "python": Language(
        suffix="py",
        opening="",
        halt=f"print('\\n{HALT}', flush=True); input()\n",
        argv=(sys.executable, "-W", "error"),
        second_terminal="python ",
    ),
    "typescript": Language(
        suffix="ts",
        opening='import { readSync as halt } from "node:fs";\n',
        halt=f'console.log("\\n{HALT}"); halt(0, Buffer.alloc(1));\n',
        argv=("node_modules/.bin/tsx",),
        second_terminal="npx tsx ",
    ),
}


def steps_of(page: Path, language: str) -> list[Step]:
    """Return what a reader of this language does with the page, in order."""
    steps: list[Step] = []
    for group in groups_of(page):
        kind = group[0].kind
        if kind is Kind.CODE:
            mine = [block for block in group if block.language == language]
            steps += [Step(block, ()) for block in mine]
        elif kind in {Kind.ANSWER, Kind.RECEIVED, Kind.BESIDE}:
            last = steps.pop() if steps else Step(None, ())
            steps.append(Step(last.code, (*last.looks, *group)))
    return steps


def program_of(steps: list[Step], language: str, adapt: Callable[[str], str]) -> str:
    """Return the program that runs the steps."""
    how = LANGUAGES[language]
    parts = [adapt(step.code.text if step.code else "") + how.halt for step in steps]
    return how.opening + "".join(parts)
