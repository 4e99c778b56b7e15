"""Stock against its model for as long as it takes: every verb, one by one and several at once, from seeds of the day's."""

import os
import time

from tests.model.drivers import Driver, InProcess, OverHttp
from tests.model.machine import at_once, one_by_one, run
from tests.model.world import Tally
from tests.prove.report import write_report
from tests.support.crowd import Crowd
from tests.support.processes import live_api

CALLS = int(os.environ.get("PROVE_CALLS", "200000"))
_REPORTED = 200_000  # a shorter run is a look, and leaves no report
# Of a hundred calls: in process one by one, over HTTP one by one, over HTTP two to eight at the same moment.
_SHARES = (60, 5, 35)


def test_two_hundred_thousand_answers_are_the_models() -> None:
    day = time.time_ns() // 10**9 // 86400
    tallies = tuple(Tally() for _ in _SHARES)
    wanted = [CALLS * share // 100 for share in _SHARES]
    started = time.perf_counter()
    with live_api(workers=2) as base:
        over_http: Driver = OverHttp(Crowd(base))
        run(one_by_one(InProcess(), tallies[0]), calls=wanted[0], steps=100, first_seed=day * 10**6)
        run(one_by_one(over_http, tallies[1]), calls=wanted[1], steps=100, first_seed=day * 10**6)
        run(at_once(over_http, tallies[2]), calls=wanted[2], steps=20, first_seed=day * 10**6)
    seconds = round(time.perf_counter() - started)
    sent = sum(tally.sent for tally in tallies)
    assert sent >= CALLS
    if CALLS < _REPORTED:
        return
    write_report(
        "stock-model",
        said=(
            "Calls chosen by Hypothesis, sent to the API and to the model of `tests/model`. Every answer, ledger line, "
            "event, version and idempotency key was the model's; answers to calls at the same moment were those of some "
            "order of them. No answer was a 5xx."
        ),
        numbers=_numbers(tallies, seconds=seconds, seed=day),
    )


def _numbers(tallies: tuple[Tally, ...], *, seconds: int, seed: int) -> dict[str, object]:
    in_process, over_http, together = tallies
    answers = sum((tally.calls for tally in tallies), start=Tally().calls)
    by_status: dict[int, int] = {}
    by_verb: dict[str, int] = {}
    for (verb, status), number in answers.items():
        by_status[status] = by_status.get(status, 0) + number
        by_verb[verb] = by_verb.get(verb, 0) + number
    return {
        "calls": sum(by_status.values()),
        "in process, one by one": in_process.sent,
        "over HTTP, one by one": over_http.sent,
        "over HTTP, two to eight at once": f"{together.together} in {together.steps} steps",
        "leases that lapsed": sum(tally.lapses for tally in tallies),
        "answers by status": ", ".join(f"{status}: {number}" for status, number in sorted(by_status.items())),
        "calls by verb": ", ".join(f"{verb}: {number}" for verb, number in sorted(by_verb.items())),
        "not explained by the model": 0,
        "seed": seed,
        "seconds": seconds,
    }
