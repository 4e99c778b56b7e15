"""Commands of the pages that start or change a whole system. The list says what runs each."""

import re

COVERED_ELSEWHERE = {
    r"make demo( \w+=\w+)?": "tests/unit/sandbox_demo/test_play.py",
    r"make (up|down|status)": "tests/faults/test_supervisor.py",
    r"make test": ".ci/run",
    r"SECRET_KEY=\$\(.+\) POSTGRES_PASSWORD=\$\(.+\) docker compose up --build": "tests/unit/test_docs.py",
}


def is_covered_elsewhere(text: str) -> bool:
    """Tell whether every line of a block is on the list; comments do not count."""
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in text.splitlines() if line.strip()]
    return all(any(re.fullmatch(pattern, line) for pattern in COVERED_ELSEWHERE) for line in lines)
