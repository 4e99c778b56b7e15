"""What mkdocs does beyond its settings: pages made from files of the checkout, tabs, and the Markdown beside each page.

The pages are plain Markdown, so that they read well without the site too.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

_CHECKOUT = Path(__file__).resolve().parent.parent
_TABS = {"sh": "curl", "python": "Python", "typescript": "TypeScript"}
_FENCE = r"^```(?:sh|python|typescript)\b[^\n]*\n.*?^```\n"
_NEIGHBOURS = re.compile(rf"(?:{_FENCE}\n*)+", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")
_MADE_FROM = {
    "quickstart.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
}
_QUICKSTART = "The first five minutes"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put in the place of a pattern in the navigation the pages that match it."""
    config.nav = [_expanded(entry, Path(config.docs_dir)) for entry in config.nav or []]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from files beside docs/."""
    for name, source in _MADE_FROM.items():
        files.append(File.generated(config, name, content=_made_from(source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead links to the made pages, keep the Markdown beside the page, and show neighbouring snippets as tabs."""
    here = posixpath.dirname(page.file.src_uri)
    plain = _LINK.sub(lambda link: f"]({_target(link[1], link[2] or '', here)})", markdown)
    beside = Path(config.site_dir, page.file.src_uri)
    beside.parent.mkdir(parents=True, exist_ok=True)
    beside.write_text(plain, encoding="utf-8")
    return _NEIGHBOURS.sub(lambda found: _as_tabs(found[0]), plain)


def _expanded(entry: object, docs: Path) -> object:
    if not isinstance(entry, dict):
        return entry
    return {title: _pages(value, docs) if isinstance(value, list) else value for title, value in entry.items()}


def _pages(entries: list[object], docs: Path) -> list[object]:
    found: list[object] = []
    for entry in entries:
        is_pattern = isinstance(entry, str) and "*" in entry
        found += sorted(path.relative_to(docs).as_posix() for path in docs.glob(str(entry))) if is_pattern else [entry]
    return found


def _made_from(source: str) -> str:
    """Return a file's text (of the README the quickstart) with its links as from docs/."""
    text = (_CHECKOUT / source).read_text(encoding="utf-8")
    if source == "README.md":
        section = re.search(rf"^## {_QUICKSTART}\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)
        if section is None:
            message = f"{source} has no section {_QUICKSTART!r}."
            raise ValueError(message)
        text = f"# Quickstart\n{section[1]}"
    return _LINK.sub(lambda link: f"](../{link[1]}{link[2] or ''})", text)


def _target(path: str, anchor: str, here: str) -> str:
    """Return a link as the site knows it: to files of the checkout that are pages of the site, as to those."""
    whole = posixpath.normpath(posixpath.join("docs", here, path))
    made = next((name for name, source in _MADE_FROM.items() if source == whole), None)
    if made is not None:
        return posixpath.relpath(made, here or ".") + ("" if made == "quickstart.md" else anchor)
    found = posixpath.relpath(whole.removeprefix("docs/"), here or ".") if whole.startswith("docs/") else path
    return found + anchor


def _as_tabs(neighbours: str) -> str:
    """Return snippets that say the same in several languages as tabs; a language that stands alone stays as it is."""
    fences = re.findall(_FENCE, neighbours, re.MULTILINE | re.DOTALL)
    languages = [re.match(r"```(\w+)", fence)[1] for fence in fences]  # type: ignore[index]
    if len(fences) < 2 or len(set(languages)) < len(fences):
        return neighbours
    tabs = [f'=== "{_TABS[name]}"\n\n{_indented(fence)}\n' for name, fence in zip(languages, fences, strict=True)]
    return "".join(tabs)


def _indented(fence: str) -> str:
    return "".join(f"    {line}" if line.strip() else line for line in fence.splitlines(keepends=True))
