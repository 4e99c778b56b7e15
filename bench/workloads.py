"""What is measured, in the order in which a round measures it, and which ratios follow."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bench import outbox, peers, us
from bench.deliveries import POOLS, Deliveries
from bench.samples import Sample
from bench.stage import Stage

Workload: TypeAlias = Callable[[], Sample]
NAIVE = tuple(f"naive {pool}" for pool in POOLS)
SPREAD_CLIENTS, HOT_CLIENTS = (8, 16), (1, 8)
PGBENCH = tuple(f"pgbench, {clients} clients" for clients in SPREAD_CLIENTS)
PGBENCH_HOT = tuple(f"pgbench, one SKU, {clients} clients" for clients in (*HOT_CLIENTS, 64))


@dataclass(frozen=True, slots=True)
class Ratio:
    """One number: the first workload's rate to the second's; the best of several names stands for its side.

    With `delays` it is the first one's 99th percentile to the second's. `reach` is what we want.
    """

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    reach: float
    delays: bool = False


RATIOS: dict[str, Ratio] = {
    "movement_vs_pgbench": Ratio(("we",), PGBENCH, 0.45),
    "movement_vs_starlette": Ratio(("we",), ("Starlette",), 1.4),
    "movement_vs_drf": Ratio(("we",), ("typical DRF",), 25),
    "hot_vs_pgbench64": Ratio(("we, one SKU",), ("pgbench, one SKU, 64 clients",), 3),
    "hot_vs_spread": Ratio(("we, one SKU",), ("we",), 0.9),
    "get_vs_starlette": Ratio(("we, GET",), ("Starlette, GET",), 1.1),
    "get_vs_drf": Ratio(("we, GET",), ("typical DRF, GET",), 12),
    "deliveries_vs_naive": Ratio(("our deliveries",), NAIVE, 12),
    "p99_naive_vs_ours": Ratio(("naive delay",), ("our delay",), 20, delays=True),
}
# Not promised, but good to know beside them.
BESIDE: dict[str, Ratio] = {
    "movement_vs_kernel": Ratio(("we",), ("our kernel in pgbench",), 0),
    "kernel_vs_pgbench": Ratio(("our kernel in pgbench",), PGBENCH, 0),
    "movement_without_relay_vs_pgbench": Ratio(("we without relay",), PGBENCH, 0),
    "hot_vs_pgbench_best": Ratio(("we, one SKU",), PGBENCH_HOT, 0.6),
    "movement_with_event_vs_without": Ratio(("kernel with events",), ("kernel without events",), 0.95),
    "relay_vs_bare_inserts": Ratio(("our relay",), ("bare INSERT … SELECT",), 0),
    # Of the same side, so that less is better: twice is the most that we allow.
    "p99_beside_hanging": Ratio(("our delay beside hanging",), ("our delay",), 2, delays=True),
    "p99_beside_import": Ratio(("our delay beside an import",), ("our delay",), 2, delays=True),
    "get_304_vs_200": Ratio(("we, GET 304",), ("we, GET",), 1.3),
}


def workloads(stage: Stage, *, seconds: float) -> dict[str, Workload]:
    """Return every workload by its name; sides alternate, so that a slow minute of the machine meets all of them."""
    deliveries = Deliveries(stage, seconds)
    return {
        "load generator": partial(peers.ceiling, stage, seconds),
        **{
            name: partial(peers.pgbench_spread, stage, seconds, clients=clients)
            for name, clients in zip(PGBENCH, SPREAD_CLIENTS, strict=True)
        },
        "we": partial(us.spread, stage, seconds),
        "Starlette": partial(peers.starlette_spread, stage, seconds),
        "typical DRF": partial(peers.typical_spread, stage, seconds),
        "our kernel in pgbench": partial(peers.pgbench_kernel, stage, seconds, clients=SPREAD_CLIENTS[0]),
        "we without relay": partial(us.spread_without_relay, stage, seconds),
        "kernel with events": partial(outbox.commits, stage, seconds, events=True),
        "kernel without events": partial(outbox.commits, stage, seconds, events=False),
        **{
            name: partial(peers.pgbench_hot, stage, seconds, clients=clients)
            for name, clients in zip(PGBENCH_HOT, (*HOT_CLIENTS, 64), strict=True)
        },
        "we, one SKU": partial(us.hot, stage, seconds),
        "Starlette, GET": partial(peers.starlette_read, stage, seconds),
        "we, GET": partial(us.one_read, stage, seconds),
        "typical DRF, GET": partial(peers.typical_read, stage, seconds),
        "we, GET 304": partial(us.unchanged_read, stage, seconds),
        **{name: partial(deliveries.naive, pool) for name, pool in zip(NAIVE, POOLS, strict=True)},
        "our deliveries": deliveries.ours,
        "our relay": partial(outbox.relay, stage, deliveries),
        "bare INSERT … SELECT": partial(outbox.bare_inserts, stage),
        "naive delay": deliveries.naive_delay,
        "our delay": deliveries.ours_delay,
        "our delay beside hanging": deliveries.ours_delay_beside_hanging,
        "our delay beside an import": deliveries.ours_delay_beside_import,
    }
