"""Stock against its model for as long as it takes: every verb, one by one and several at once, from seeds of the day's.

In parts, so that every core has something to do (`pytest -n auto`): each leaves its numbers, and whoever is the last
writes the report.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.state_dir import CHECKOUT
from tests.model.drivers import InProcess, OverHttp
from tests.model.machine import at_once, one_by_one, run
from tests.model.world import Tally
from tests.prove.report import write_report
from tests.support.crowd import Crowd
from tests.support.processes import live_api

CALLS = int(os.environ.get("PROVE_CALLS", "200000"))
_REPORTED = 200_000  # a shorter run is a look, and leaves no report
_IN_PROCESS, _ONE_BY_ONE, _AT_ONCE = (
    "in process, one by one",
    "over HTTP, one by one",
    "over HTTP, two to eight at once",
)
# Of a hundred calls, by part.
_PARTS = ((_AT_ONCE, 18), (_AT_ONCE, 17), *((_IN_PROCESS, 15),) * 4, (_ONE_BY_ONE, 5))
_SEEDS_PER_PART = 10**5


@pytest.mark.parametrize("number", range(len(_PARTS)), ids=[f"{how}, {share} %" for how, share in _PARTS])
def test_two_hundred_thousand_answers_are_the_models(number: int, testrun_uid: str) -> None:
    how, share = _PARTS[number]
    day = time.time_ns() // 10**9 // 86400
    tally, wanted, started = Tally(), CALLS * share // 100, time.perf_counter()
    _send(how, tally, wanted, first_seed=day * 10**6 + number * _SEEDS_PER_PART)
    assert tally.sent >= wanted
    numbers = {
        "how": how,
        "calls": [[verb, status, times] for (verb, status), times in tally.calls.items()],
        "steps": tally.steps,
        "together": tally.together,
        "lapses": tally.lapses,
        "seconds": round(time.perf_counter() - started),
    }
    parts = _noted(testrun_uid, number, numbers)
    if len(parts) == len(_PARTS) and CALLS >= _REPORTED:
        write_report(
            "stock-model",
            said=(
                "Calls chosen by Hypothesis, sent to the API and to the model of `tests/model`. Every answer, ledger "
                "line, event, version and idempotency key was the model's; answers to calls at the same moment were "
                "those of some order of them. No answer was a 5xx."
            ),
            numbers=_numbers(parts, seed=day),
        )


def _send(how: str, tally: Tally, calls: int, *, first_seed: int) -> None:
    if how == _IN_PROCESS:
        run(one_by_one(InProcess(), tally), calls=calls, steps=100, first_seed=first_seed)
        return
    with live_api(workers=2) as base:
        over_http = OverHttp(Crowd(base))
        machine, steps = (at_once, 12) if how == _AT_ONCE else (one_by_one, 100)
        run(machine(over_http, tally), calls=calls, steps=steps, first_seed=first_seed)


def _noted(run_id: str, number: int, numbers: dict[str, Any]) -> list[dict[str, Any]]:
    """Leave a part's numbers beside those of the others; return all there are of this run."""
    place: Path = CHECKOUT / ".data" / "prove" / run_id
    place.mkdir(parents=True, exist_ok=True)
    unseen = place / f"{number}.part"
    unseen.write_text(json.dumps(numbers), encoding="utf-8")
    unseen.rename(place / f"{number}.json")
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(place.glob("*.json"))]


def _numbers(parts: Sequence[dict[str, Any]], *, seed: int) -> dict[str, object]:
    by_how: Counter[str] = Counter()
    by_status: Counter[int] = Counter()
    by_verb: Counter[str] = Counter()
    for part in parts:
        for verb, status, times in part["calls"]:
            by_how[part["how"]] += times
            by_status[status] += times
            by_verb[verb] += times
    steps, together = (sum(part[name] for part in parts) for name in ("steps", "together"))
    return {
        "calls": by_how.total(),
        _IN_PROCESS: by_how[_IN_PROCESS],
        _ONE_BY_ONE: by_how[_ONE_BY_ONE],
        _AT_ONCE: f"{by_how[_AT_ONCE]}, of them {together} in {steps} steps",
        "leases that lapsed": sum(part["lapses"] for part in parts),
        "answers by status": ", ".join(f"{status}: {times}" for status, times in sorted(by_status.items())),
        "calls by verb": ", ".join(f"{verb}: {times}" for verb, times in sorted(by_verb.items())),
        "not explained by the model": 0,
        "seed": seed,
        "seconds, of all parts together": sum(part["seconds"] for part in parts),
    }
