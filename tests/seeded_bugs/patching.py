"""Unified diffs, applied wherever their old lines stand exactly once: they outlive a shift, not a change of what they mean."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADER = re.compile(r"^\+\+\+ b/(?P<path>\S+)$")


class DoesNotApply(Exception):
    """The lines that a patch changes are not there, or more than once."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a file that become other lines."""

    path: str
    old: str
    new: str


def hunks(patch: str) -> list[Hunk]:
    """Return the hunks of a unified diff."""
    found, path = [], ""
    for part in re.split(r"^(?=@@|--- a/|\+\+\+ b/)", patch, flags=re.MULTILINE):
        head, _, body = part.partition("\n")
        if named := _HEADER.match(head):
            path = named["path"]
        elif head.startswith("@@"):
            lines = body.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] in " -")
            found.append(Hunk(path, old, "".join(line[1:] for line in lines if line[0] in " +")))
    return found


def patched(root: Path, patch: str) -> dict[Path, str]:
    """Return the files below `root` that a patch changes, as they are with it.

    Raises DoesNotApply, which says where.
    """
    files: dict[Path, str] = {}
    for hunk in hunks(patch):
        path = root / hunk.path
        text = files.get(path) or path.read_text(encoding="utf-8")
        if text.count(hunk.old) != 1:
            message = f"{hunk.path} has these lines {text.count(hunk.old)} times:\n{hunk.old}"
            raise DoesNotApply(message)
        files[path] = text.replace(hunk.old, hunk.new)
    if not files:
        raise DoesNotApply("it has no hunks")
    return files
