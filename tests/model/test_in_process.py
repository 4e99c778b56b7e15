"""Stock against its model, in this process: a call at a time, every verb, every answer explained."""

from tests.model.drivers import InProcess
from tests.model.machine import WISHES, one_by_one, run
from tests.model.world import Tally

CALLS = 3_000


def test_every_answer_is_the_models() -> None:
    tally = Tally()
    run(one_by_one(InProcess(), tally), calls=CALLS, steps=100)
    assert tally.sent >= CALLS
    assert tally.lapses >= 20
    assert {verb for verb, _ in tally.calls} == set(WISHES)
    never_done = {verb for verb in WISHES if not tally.statuses(verb) & {200, 201, 204}}
    never_refused = {verb for verb in WISHES if not tally.statuses(verb) & {400, 404, 409, 412, 422, 428}}
    assert (never_done, never_refused) == (set(), set())
