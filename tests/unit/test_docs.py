"""The documents say what the code does: links lead somewhere, codes, events and variables are complete."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import get_resolver

from apps.core.http.pages_for_people import problem_codes
from apps.core.http.problem_advice import ADVICE

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *(
            page
            for top in ("apps", "config", "docs", "sandbox", "tests")
            for page in (ROOT / top).rglob("*.md")
            if "node_modules" not in page.parts
        ),
    ]
)
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives"]
# Paths of the machine on which a page was written.
FORBIDDEN = re.compile(r"(?<![\w.:/-])/(?:work|root|home|Users)/")


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _prose(page: Path) -> str:
    """Return a page without its blocks of code, in which nothing is a link or a heading."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", _prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _table(page: Path) -> dict[str, list[str]]:
    """Return the rows of a page's tables whose first cell is one word of code, by that word."""
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {word: cells.split(" | ") for word, cells in rows}


@pytest.mark.parametrize("document", PAGES, ids=_named)
def test_every_relative_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", _prose(document)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (document.parent / path).resolve() if path else document
        if not linked.exists() or (anchor and anchor not in _anchors(linked)):
            broken.append(target)

    assert broken == []


@pytest.mark.parametrize("document", [*PAGES, *DOCS.rglob("*.json")], ids=_named)
def test_no_page_names_a_path_of_the_machine_it_was_written_on(document: Path) -> None:
    assert FORBIDDEN.findall(document.read_text(encoding="utf-8")) == []


def test_every_refusal_code_is_explained_with_its_statuses_title_and_advice() -> None:
    assert get_resolver().url_patterns  # every app's refusals are imported with its views
    rows = _table(DOCS / "guides" / "errors.md")

    told = {code: rows[code][:3] for code in problem_codes() if code in rows}

    assert told == {
        code: [", ".join(str(status) for status in sorted(statuses)), title, ADVICE[code]]
        for code, (statuses, title) in problem_codes().items()
    }


def test_every_event_type_that_webhooks_know_is_described() -> None:
    described = {word for word in _table(DOCS / "architecture" / "events.md") if "." in word}

    assert described == set(settings.OUTBOX_RENDERERS)


def test_every_variable_of_the_environment_is_described() -> None:
    read = set(re.findall(r'_env\.\w+\("([A-Z_]+)"', (ROOT / "config" / "env.py").read_text(encoding="utf-8")))

    described = {word for word in _table(DOCS / "operations" / "running.md") if re.fullmatch("[A-Z_]+", word)}

    assert described == read


def test_compose_is_shown_with_every_variable_that_it_requires() -> None:
    required = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))

    [shown] = re.findall(
        r"^.* docker compose up --build$", (DOCS / "operations" / "running.md").read_text("utf-8"), re.MULTILINE
    )

    assert set(re.findall(r"(\w+)=", shown)) == required


def test_every_command_of_ours_is_described() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith(("apps.", "sandbox"))}

    described = set(_table(DOCS / "operations" / "command-line.md"))

    assert {word for word in described if "." not in word} == ours


@pytest.mark.parametrize("document", DECISIONS, ids=_named)
def test_every_decision_has_its_sections_and_stands_in_the_list(document: Path) -> None:
    text = document.read_text(encoding="utf-8")

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {document.name[:4]}. ")
    assert f"]({document.name})" in (document.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DECISIONS, ids=_named)
def test_a_page_leads_to_every_decision_from_where_it_surprises(document: Path) -> None:
    others = [page for page in PAGES if page.parent != document.parent]

    assert [page for page in others if f"/{document.name})" in page.read_text(encoding="utf-8")] != []


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(page.name[:4]) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
