"""Stock against its model, in this process: a call at a time, every verb, every answer explained."""

from tests.model.drivers import InProcess
from tests.model.machine import WISHES, one_by_one, run
from tests.model.world import Tally

CALLS = 3_000
# What is always there for a reader.
_NEVER_REFUSED = {"read", "partner reads"}
# A step that is never out of its turn has not been tried.
_IN_THE_WRONG_STATE = ("ship", "receive", "turn back", "approve count", "write down", "share out", "approve review")
_TOLD = {
    *(f"inventory.{kind}" for kind in ("updated", "out_of_stock", "back_in_stock", "low_stock", "discrepancy")),
    *(f"inventory.{kind}@" for kind in ("out_of_stock", "back_in_stock", "low_stock")),
    *(f"reservation.{kind}" for kind in ("created", "released", "committed", "displaced", "expired")),
    *(f"transfer.{kind}" for kind in ("shipped", "received", "cancelled")),
    "batch.held@",
    "batch.released@",
}


def test_every_answer_is_the_models() -> None:
    tally = Tally()
    run(one_by_one(InProcess(), tally), calls=CALLS, steps=200)
    assert tally.sent >= CALLS
    assert tally.lapses >= 20
    assert {verb for verb, _ in tally.calls} == set(WISHES)
    never_done = {verb for verb in WISHES if not tally.statuses(verb) & {200, 201, 204}}
    never_refused = {
        verb for verb in set(WISHES) - _NEVER_REFUSED if not tally.statuses(verb) & {400, 403, 404, 409, 412, 422, 428}
    }
    assert (never_done, never_refused) == (set(), set())
    assert _TOLD - tally.told == set()
    assert {verb for verb in _IN_THE_WRONG_STATE if 409 not in tally.statuses(verb)} == set()
    assert 403 in tally.statuses("partner posts") & tally.statuses("supplier posts")
