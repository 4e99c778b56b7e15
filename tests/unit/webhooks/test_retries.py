from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from apps.webhooks.domain import retries
from apps.webhooks.domain.retries import DELAYS, MAX_ATTEMPTS, delay_after, seconds_asked

_NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def test_fourteen_attempts_over_seventy_two_hours() -> None:
    assert MAX_ATTEMPTS == 14
    assert sum(DELAYS) / 3600 == pytest.approx(71.7, abs=0.05)


@pytest.mark.parametrize("attempts", range(1, 14))
def test_the_delay_is_the_schedules_with_a_fifth_of_jitter(attempts: int) -> None:
    delays = [delay_after(attempts) for _ in range(200)]
    assert min(delays) >= DELAYS[attempts] * 0.8
    assert max(delays) <= DELAYS[attempts]
    assert max(delays) > min(delays)


def test_a_scale_shortens_it(settings: Settings) -> None:
    settings.WEBHOOK_RETRY_SCALE = 0.05
    assert 0.8 * 0.25 <= delay_after(1) <= 0.25


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 40, 10.0**9),
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("²", None),
        ("Sat, 99 Nov 2026 12:01:00 GMT", None),
    ],
)
def test_what_a_retry_after_asks_for(header: str | None, seconds: float | None) -> None:
    assert seconds_asked(header, now=_NOW) == seconds


@pytest.mark.parametrize(
    ("attempts", "header", "expected"),
    [
        (1, "1", 5.0),  # not sooner than the schedule
        (1, "60", 60.0),
        (1, "999999", 3600.0),  # an hour at most, while the delay is short
        (7, "1", 7200.0),
        (7, "10000", 10000.0),
        (7, "999999", 14400.0),  # twice the delay at most, when it is long
    ],
)
def test_retry_after_is_honoured_within_bounds(
    attempts: int, header: str, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "_JITTER", (1.0, 1.0))
    assert delay_after(attempts, retry_after=header, now=_NOW) == expected
