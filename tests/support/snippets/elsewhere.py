"""What pages show and other tests run: commands that change a whole system, and quotations from whole programs."""

import re
from functools import cache
from pathlib import Path
from textwrap import dedent

_TESTS = Path(__file__).resolve().parents[2]
# A program marks what a page quotes, whole and unchanged: `# guide: post`, the lines, `# end`.
_QUOTATION = re.compile(r"^ *(?:#|//) guide: [\w -]+\n(.*?)^ *(?:#|//) end$", re.MULTILINE | re.DOTALL)

COVERED_ELSEWHERE = {
    r"make demo( \w+=\w+)?": "tests/unit/sandbox_demo/test_play.py",
    r"make (up|down|status)": "tests/faults/test_supervisor.py",
    r"make test": ".ci/run",
    r"make bench( \w+=\S+)*": "tests/unit/bench/test_peers.py",
    r".venv/bin/python -m bench .+": "tests/unit/bench/test_peers.py",
    r'curl -so openapi.json "\$STOCKWIRE_API/v1/openapi.json"': "tests/api/test_docs.py",
    r"python manage.py webhooks (listen|trigger) .+": "tests/e2e/test_webhooks_command.py",
    r"printf 'content_type_overrides:.+": "tests/e2e/test_python_client.py",
    r"openapi-python-client generate .+": "tests/e2e/test_python_client.py",
    r"npx openapi-typescript .+": "tests/system/test_typescript_client.py",
    r"SECRET_KEY=\$\(.+\) POSTGRES_PASSWORD=\$\(.+\) docker compose up --build": "tests/unit/test_docs.py",
}


def is_covered_elsewhere(text: str) -> bool:
    """Tell whether another test runs a block: it is a quotation, or every line is on the list."""
    return text.strip() in _quotations() or all(map(_is_on_the_list, text.strip().splitlines()))


def quotations_from(program: str) -> list[str]:
    """Return what a program marks for a page to quote, without its indentation."""
    return [dedent(found).strip() for found in _QUOTATION.findall(program)]


@cache
def _quotations() -> frozenset[str]:
    programs = [*_TESTS.glob("e2e/*_journey.py"), *_TESTS.glob("system/node/*journey.ts")]
    return frozenset(text for program in programs for text in quotations_from(program.read_text(encoding="utf-8")))


def _is_on_the_list(line: str) -> bool:
    command = re.sub(r"\s+#.*", "", line).strip()
    return any(re.fullmatch(pattern, command) for pattern in COVERED_ELSEWHERE)
