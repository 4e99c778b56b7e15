"""Stock against its model, over HTTP against two live processes: one call at a time, and two to eight at once."""

import pytest

from tests.model.drivers import OverHttp
from tests.model.machine import WISHES, at_once, one_by_one, run
from tests.model.world import Tally
from tests.support.crowd import Crowd

pytestmark = pytest.mark.xdist_group("live")

CALLS, CALLS_AT_ONCE = 500, 1_500


def test_every_answer_over_http_is_the_models(live: str) -> None:
    tally = Tally()
    run(one_by_one(OverHttp(Crowd(live)), tally), calls=CALLS, steps=50)
    assert tally.sent >= CALLS


def test_answers_at_the_same_moment_are_those_of_some_order(live: str) -> None:
    """Linearisability of everything at once, not of each item alone: transfers and lists span items."""
    tally = Tally()
    run(at_once(OverHttp(Crowd(live)), tally), calls=CALLS_AT_ONCE, steps=20)
    assert tally.sent >= CALLS_AT_ONCE
    assert tally.together >= 3 * tally.steps >= 300
    assert {verb for verb, _ in tally.calls} == set(WISHES)
    assert {verb for verb in WISHES if not tally.statuses(verb) & {200, 201, 204}} == set()
