"""What retail partners and suppliers send: movements of every kind, of what is theirs, what is shared, what is not."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.movements import MOVEMENTS
from tests.model.wishes import VERSIONS, Wish, wished
from tests.model.world import ITEMS, World, asks, guarded

# By verb, the number of the party's application.
_BY = {"partner posts": 2, "partner reads": 2, "supplier posts": 3, "supplier reads": 3}


def _movements(kinds: list[str]) -> st.SearchStrategy[tuple[str, dict[str, object]]]:
    return st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind), MOVEMENTS[kind].members))


WISHES = {
    "partner posts": wished(
        "partner posts", _movements([*["reservation"] * 8, *["release"] * 6, *sorted(MOVEMENTS)]), VERSIONS
    ),
    "supplier posts": wished(
        "supplier posts", _movements([*["sale", "reservation", "shipment"] * 3, *sorted(MOVEMENTS)]), VERSIONS
    ),
    "partner reads": wished("partner reads", st.none()),
    "supplier reads": wished("supplier reads", st.none()),
}


@asks("partner posts", "supplier posts")
def posts(world: World, call: Call, wish: Wish) -> Call:
    """POST of a movement by a party."""
    assert call.item is not None
    kind, members = wish.members
    body = {"type": kind, **world.concrete(call.item, members)}
    call = replace(call, kind="movement", method="POST", by=_BY[wish.verb], body=body, key=world.fresh_key())
    known = world.stock.items.get(ITEMS[wish.item])
    return guarded(call, wish.version, known.version if known else 0)


@asks("partner reads", "supplier reads")
def reads(world: World, call: Call, wish: Wish) -> Call:
    """GET of an item by a party."""
    return replace(call, by=_BY[wish.verb])
