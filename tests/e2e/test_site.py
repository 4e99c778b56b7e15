"""The documentation as it is published: whole, linked, searchable, and from no server but its own."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.support.site import build_site, run_mkdocs
from tests.support.snippets.pages import ROOT

DOCS = ROOT / "docs"
MADE = {"quickstart.md", "changelog.md", "contributing.md", "security.md"}
PAGES = sorted({page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")} | MADE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site, built once."""
    return build_site(tmp_path_factory.mktemp("site"))


class _Loads(HTMLParser):
    """What a page makes the browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        fetched = named.get("src") or (named.get("href") if tag == "link" else None)
        if fetched:
            self.found.append(fetched)


def test_every_page_is_there_with_its_markdown(site: Path) -> None:
    made = [page for page in PAGES if not (site / page).is_file() or not (site / _html(page)).is_file()]

    assert made == []
    assert not (site / "hooks.py").exists()


def test_a_broken_link_and_a_page_that_nothing_leads_to_fail_the_build(tmp_path: Path) -> None:
    shutil.copytree(DOCS, tmp_path / "docs")
    for file in (*ROOT.glob("*.md"), ROOT / "mkdocs.yml"):
        shutil.copy(file, tmp_path)
    (tmp_path / "docs" / "concepts.md").write_text("# Five nouns\n\n[None](glossary.md#no-such-heading)\n")
    (tmp_path / "docs" / "lost.md").write_text("# Lost\n")

    built = run_mkdocs(tmp_path, tmp_path / "site")

    assert built.returncode == 1
    assert "does not contain an anchor '#no-such-heading'" in built.stderr
    assert "- lost.md" in built.stderr


def test_a_page_loads_nothing_from_another_server(site: Path) -> None:
    outside = []
    for page in site.rglob("*.html"):
        loads = _Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        assert loads.found
        outside += [f"{page.name}: {address}" for address in loads.found if re.match(r"(\w+:)?//", address)]
    for sheet in site.rglob("*.css"):
        outside += re.findall(r"(?:url\(|@import )[\"']?(?:\w+:)?//[^)\s]*", sheet.read_text(encoding="utf-8"))

    assert outside == []


def test_the_index_of_the_search_knows_every_page(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))

    assert {entry["location"].partition("#")[0] or "index.html" for entry in index["docs"]} == set(map(_html, PAGES))


def test_the_same_step_in_three_languages_is_shown_as_tabs(site: Path) -> None:
    text = (site / "guides" / "bulk.html").read_text(encoding="utf-8")

    labels = re.findall(r'<label for="__tabbed_\d+_\d+">([^<]+)</label>', text)

    assert labels == ["curl", "Python", "TypeScript"] * 3


def test_the_quickstart_is_the_readme_s_first_five_minutes(site: Path) -> None:
    quickstart = (site / "quickstart.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    section = readme.partition("## The first five minutes\n")[2].partition("\n## ")[0]
    assert _without_links(quickstart.removeprefix("# Quickstart\n").strip()) == _without_links(section.strip())


def test_programs_find_every_page_in_llms_txt(site: Path) -> None:
    text = (site / "llms.txt").read_text(encoding="utf-8")
    entries = re.findall(r"^- \[([^\]]+)\]\(([^)]+)\): (.+)$", text, re.MULTILINE)
    listed = {
        page for page in PAGES if page.startswith(("decisions/0", "operations/proofs/2"))
    }  # by a page of their own

    assert re.match(r"# Stockwire\n\n> .+\n\n", text)
    assert sorted(link for _, link, _ in entries) == sorted({*PAGES, "api/openapi.json"} - listed)
    assert [link for _, link, _ in entries if not (site / link).is_file()] == []


def _html(page: str) -> str:
    return re.sub(r"README$", "index", page.removesuffix(".md")) + ".html"


def _without_links(text: str) -> str:
    return re.sub(r"\]\([^)]*\)", "]", text)
