"""Every snippet of the pages is of a kind that something checks, and the checks find what is not so."""

import re
from pathlib import Path

import pytest
import yaml
from django.db import connection

from tests.support.snippets.answers import differences
from tests.support.snippets.elsewhere import COVERED_ELSEWHERE, quotations_from
from tests.support.snippets.pages import LANGUAGES, ROOT, Block, Kind, blocks_of, groups_of, pages

BLOCKS = [block for page in pages() for block in blocks_of(page)]
# A page about clients for two languages quotes the two, each by itself.
TASK_GUIDES = [
    page
    for page in pages()
    if page.name != "clients.md" and any(block.language in LANGUAGES[1:] for block in blocks_of(page))
]


def _of(kind: Kind) -> list[Block]:
    return [block for block in BLOCKS if block.kind is kind]


def test_nothing_is_shown_that_nothing_checks() -> None:
    assert [str(block) for block in _of(Kind.UNKNOWN)] == []


def test_every_step_of_a_guide_is_shown_in_every_language() -> None:
    groups = [group for page in TASK_GUIDES for group in groups_of(page) if group[0].kind is Kind.CODE]
    # How the sandbox's credentials get into a terminal is the same for all.
    alone = "eval "

    incomplete = [
        str(group[0])
        for group in groups
        if [block.language for block in group] != list(LANGUAGES) and not group[0].text.startswith(alone)
    ]

    assert groups
    assert incomplete == []


def test_every_answer_follows_something_that_answers() -> None:
    answers = {Kind.ANSWER, Kind.RECEIVED}
    stray = []
    for page in pages():
        before = None
        for group in groups_of(page):
            if group[0].kind in answers and before not in {Kind.CODE, *answers}:
                stray.append(str(group[0]))
            before = group[0].kind

    assert stray == []


def test_every_file_name_is_given_once() -> None:
    names = [block.title for block in _of(Kind.FILE)]

    assert len(names) == len(set(names))
    assert {f"stockwire.{suffix}" for suffix in ("sh", "py", "ts")} <= set(names)


@pytest.mark.parametrize(("pattern", "place"), COVERED_ELSEWHERE.items())
def test_what_is_covered_elsewhere_is_shown_and_its_cover_exists(pattern: str, place: str) -> None:
    lines = [line for block in _of(Kind.ELSEWHERE) for line in block.text.splitlines()]

    assert any(re.match(pattern, line) for line in lines)
    assert (ROOT / place).is_file()


def test_a_page_may_quote_what_a_program_marks_for_it() -> None:
    program = "import x\n\n\ndef post():\n    # guide: post\n    if x:\n        y()\n    # end\n    z()\n// guide: end\nq();\n// end\n"

    assert quotations_from(program) == ["if x:\n    y()", "q();"]


def test_configuration_is_well_formed() -> None:
    assert [str(block) for block in _of(Kind.YAML) if yaml.safe_load(block.text) is None] == []


def test_the_policy_that_is_shown_is_the_policy_that_is_there() -> None:
    shown = "\n".join(block.text for block in _of(Kind.SQL))
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT qual, with_check FROM pg_policies WHERE policyname = 'tenant'")
        policies = cursor.fetchall()

    shown_using, shown_check = (_bare(part) for part in re.findall(r"(?:USING|WITH CHECK) (\(.*\))", shown))
    assert [(_bare(using), _bare(check)) for using, check in policies] == [(shown_using, shown_check)]


def _bare(expression: str) -> str:
    """Return an expression without what PostgreSQL adds when it writes one back: brackets, blanks, casts, names."""
    return re.sub(r'[()\s]|::text|AS "?current_setting"?|AS "?int8"?', "", expression).lower()


def test_the_template_of_decisions_has_the_sections_of_decisions() -> None:
    [template] = _of(Kind.TEMPLATE)
    newest = max((ROOT / "docs" / "decisions").glob("0*.md"))

    sections = [re.findall(r"^## (.+)$", text, re.MULTILINE) for text in (template.text, newest.read_text("utf-8"))]

    assert sections[0] == sections[1]


@pytest.mark.parametrize(
    ("kind", "said", "printed"),
    [
        ("text", "201", "200"),
        ("text", "one\ntwo", "one"),
        ("text", "key …", "key "),
        ("json", '{"version": 2}', '{"version": 3}'),
        ("json", '{"version": 2}', '{"version": "2"}'),
        ("json", '{"version": 1}', '{"version": true}'),
        ("json", '{"version": 2}', '{"version": 2, "more": 1}'),
        ("json", '{"version": 2, "…": "…"}', '{"more": 1}'),
        ("json", '{"id": "txn_…"}', '{"id": "res_1"}'),
        ("json", "[1, 2]", "[1]"),
        ("json", '{"a": 1}\n{"b": 2}', '{"a": 1}'),
        ("json", "{}", "<html>"),
        ("http", "HTTP/1.1 201 Created\netag: …\n\n{}", "HTTP/1.1 200 OK\r\netag: x\r\n\r\n{}"),
        ("http", "HTTP/1.1 201 Created\netag: …\n\n{}", "HTTP/1.1 201 Created\r\n\r\n{}"),
        ("http", "HTTP/1.1 201 Created\n\n{}", 'HTTP/1.1 201 Created\r\n\r\n{"more": 1}'),
    ],
)
def test_an_answer_that_is_not_so_is_found_out(kind: str, said: str, printed: str) -> None:
    assert differences(kind, said, printed) != []


@pytest.mark.parametrize(
    ("kind", "said", "printed"),
    [
        ("text", "key …\n", "key 17"),
        ("json", '{"id": "txn_…", "at": "…", "…": "…"}', '{"at": null, "id": "txn_1", "more": 1}'),
        ("json", '{"a": 1}\n{"b": 2}', '{"a":1}{"b":2}'),
        ("http", 'HTTP/1.1 201 Created\nETag: "2.…"\n\n{}', 'HTTP/1.1 201 Created\r\netag: "2.ab"\r\nx: y\r\n\r\n{}'),
    ],
)
def test_what_differs_from_run_to_run_may(kind: str, said: str, printed: str) -> None:
    assert differences(kind, said, printed) == []


@pytest.mark.parametrize(
    "text",
    ["```sh\nls", "    ```sh\n    ls\n    ```", "~~~\nls\n~~~", "```sh hl_lines=1\nls\n```", "> ```\n> ls\n> ```"],
    ids=["not closed", "indented", "tildes", "options", "quoted"],
)
def test_a_fence_that_would_go_unseen_is_refused(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.snippets.pages.ROOT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(f"{text}\n", encoding="utf-8")

    with pytest.raises(ValueError, match="has a fence"):
        blocks_of(page)
