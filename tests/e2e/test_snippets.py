"""What the pages say to type does what they say: every curl and Python snippet, pasted page by page."""

from pathlib import Path

import pytest

from tests.support.snippets.pages import ROOT, Kind, blocks_of, pages
from tests.support.snippets.sandbox import new_reader

_RUNS = [
    pytest.param(page, language, id=f"{page.relative_to(ROOT).as_posix()}-{language}")
    for page in pages()
    for language in ("sh", "python")
    if any(block.kind is Kind.CODE and block.language == language for block in blocks_of(page))
]


@pytest.mark.parametrize(("document", "language"), _RUNS)
def test_a_page_works_as_it_says(document: Path, language: str, live: str, tmp_path: Path) -> None:
    differences = new_reader(tmp_path, live).work_through(document, language)

    assert differences == [], "\n".join(differences)


_NOT_SO = """```sh
echo '{"version": 3}'
```

```json title="answer"
{"version": 2}
```

```sh
false
echo never
```
"""


def test_a_page_that_is_not_so_is_found_out(live: str, tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(_NOT_SO, encoding="utf-8")

    wrong, failed = new_reader(tmp_path, live).work_through(document, "sh")

    assert wrong.endswith("page.md:1: /0/version: said 2, printed 3")
    assert "page.md:9: ended with 1" in failed
