"""`check --deploy`: clean where production is set up, and an error where it is not."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _check(**environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_production_environment_passes() -> None:
    ready = _check(
        PRODUCTION="1",
        SECRET_KEY=secrets.token_urlsafe(64),
        WEBHOOK_ALLOW_PRIVATE="0",
        METRICS_TOKEN=secrets.token_urlsafe(32),
    )

    assert (ready.returncode, ready.stderr) == (0, "")


def test_production_without_a_token_for_metrics_is_told_that_they_are_closed() -> None:
    told = _check(PRODUCTION="1", SECRET_KEY=secrets.token_urlsafe(64), WEBHOOK_ALLOW_PRIVATE="0", METRICS_TOKEN="")

    assert told.returncode == 0
    assert "access.I001" in told.stderr


def test_the_development_key_and_open_webhooks_are_refused() -> None:
    refused = _check(PRODUCTION="1", SECRET_KEY="development-only-" + "x" * 64, WEBHOOK_ALLOW_PRIVATE="1")

    assert refused.returncode == 1
    assert "access.E001" in refused.stderr
    assert "access.E002" in refused.stderr


def test_a_retention_that_deliveries_outlive_is_refused_by_every_process() -> None:
    for variable, of in (
        ("STOCKWIRE_EVENT_RETENTION_DAYS", "events"),
        ("STOCKWIRE_ATTEMPT_RETENTION_DAYS", "attempts"),
    ):
        for days, code in (("3", 1), ("4", 0)):
            started = subprocess.run(
                [sys.executable, "-c", "import config.settings"],
                cwd=ROOT,
                env={**os.environ, variable: days},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert started.returncode == code
            assert (f"The retention of {of} is 3 days" in started.stderr) == (code == 1)
