"""Hypothesis chooses the calls: one rule for each verb, or several calls at the same moment."""

import os
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from tests.model import (
    batch_wishes,
    batches,  # noqa: F401 -- they enter their kinds of call, as do the others without wishes
    count_wishes,
    counts,  # noqa: F401
    feed_wishes,
    feeds,  # noqa: F401
    party_wishes,
    pool_wishes,
    pools,  # noqa: F401
    reservation_wishes,
    reservations,  # noqa: F401
    transfer_wishes,
    transfers,  # noqa: F401
)
from tests.model.drivers import Driver
from tests.model.movements import BATCH, MOVEMENTS, PLACE
from tests.model.wishes import ITEM, VERSIONS, Again, Wish, wished
from tests.model.world import Tally, World

_RUNS_PER_SEED = 10
_PATCH = st.fixed_dictionaries(
    {},
    optional={
        "inventoryLevel": st.integers(0, 15),
        "reorderThreshold": st.one_of(st.none(), st.integers(0, 10)),
        "reorderThresholds": st.dictionaries(
            st.sampled_from([*["W1", "W2", "RW"] * 3, "W9"]), st.one_of(st.none(), st.integers(0, 15)), max_size=2
        ),
        "attributes": st.dictionaries(st.sampled_from(["zone", "aisle"]), st.sampled_from(["A", "B", None])),
        **PLACE,
        **BATCH,
    },
)
_LINE = st.sampled_from(sorted(MOVEMENTS)).flatmap(lambda kind: st.tuples(ITEM, st.just(kind), MOVEMENTS[kind].members))
_BATCH = st.fixed_dictionaries(
    {"mode": st.sampled_from(["atomic", "partial"]), "lines": st.lists(_LINE, min_size=1, max_size=5)}
)


# Every verb, with what it may be sent with. A new kind of movement enters by itself.
WISHES: dict[str, SearchStrategy[Wish]] = {
    **{kind: wished(kind, verb.members, VERSIONS) for kind, verb in MOVEMENTS.items()},
    "patch": wished("patch", _PATCH, ["none", *["good"] * 5, *["good in the body"] * 3, "stale", "stale in the body"]),
    "batch": wished("batch", _BATCH),
    "read": wished("read", st.none()),
    **batch_wishes.WISHES,
    **reservation_wishes.WISHES,
    **transfer_wishes.WISHES,
    **count_wishes.WISHES,
    **party_wishes.WISHES,
    **feed_wishes.WISHES,
    **pool_wishes.WISHES,
    "again": st.builds(
        Wish,
        verb=st.just("again"),
        members=st.builds(
            Again, st.integers(0, 9), st.sampled_from(["as it was", "as it was", "another body", "another application"])
        ),
    ),
}


class StockMachine(RuleBasedStateMachine):
    """A run: a tenant, and calls until the run is long enough. Subclasses say by which driver."""

    driver: Driver
    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.driver, self.tally)

    def teardown(self) -> None:
        """At the end everything is compared, line by line."""
        self.world.end()

    @rule(number=st.integers(0, 3), swept=st.booleans(), looked_at=st.booleans())
    def time_passes(self, number: int, *, swept: bool, looked_at: bool) -> None:
        """A lease comes to its end; somebody looks, or nobody; the sweeper comes, or does not."""
        self.world.let_lapse(number, looked_at=looked_at)
        self.world.let_pools_pass(number)
        if swept:
            self.world.sweep()


def one_by_one(driver: Driver, tally: Tally) -> type[StockMachine]:
    """Return the machine with a rule for each verb."""
    rules = {f"send_{verb.replace(' ', '_')}": rule(wish=wishes)(_sender(verb)) for verb, wishes in WISHES.items()}
    return type("OneByOne", (StockMachine,), {"driver": driver, "tally": tally, **rules})


def at_once(driver: Driver, tally: Tally) -> type[StockMachine]:
    """Return the machine whose every step is two to eight calls at the same moment."""

    def together(self: StockMachine, wishes: list[Wish]) -> None:
        self.world.run(wishes)

    wishes = st.lists(st.one_of(list(WISHES.values())), min_size=2, max_size=8)
    return type(
        "AtOnce", (StockMachine,), {"driver": driver, "tally": tally, "together": rule(wishes=wishes)(together)}
    )


def run(machine: type[StockMachine], *, calls: int, steps: int, first_seed: int = 0) -> None:
    """Run a machine, tenant after tenant, until at least so many calls were sent.

    The same calls for the same seed. A failure prints the calls that repeat it, the fewest that were found.
    """
    number = first_seed
    while machine.tally.sent < calls:
        before = machine.tally.sent
        run_state_machine_as_test(seed(number)(machine), settings=_settings(steps))
        assert machine.tally.sent > before, "a run that sends nothing proves nothing"
        number += 1


def _settings(steps: int) -> settings:
    return settings(
        max_examples=_RUNS_PER_SEED,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=_phases(),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )


def _phases() -> list[Phase]:
    return [Phase.generate] if os.environ.get("STOCKWIRE_SHRINK") == "0" else [Phase.generate, Phase.shrink]


def _sender(verb: str) -> Callable[[StockMachine, Wish], None]:
    def send(self: StockMachine, wish: Wish) -> None:
        self.world.run([wish])

    send.__name__ = f"send_{verb.replace(' ', '_')}"
    return send
