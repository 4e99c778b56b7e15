"""What calls about reservations are sent with."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.movements import BATCH, OPEN_PLACE, QUANTITY, TAKER
from tests.model.wishes import ITEM, RECENT, VERSIONS, Later, Wish, wished
from tests.model.world import ITEMS, MOSTLY, NOBODY, OTHER, World, asks, guarded, named_as

_RESERVE = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["all", "partial"]),
        "items": st.lists(
            st.tuples(ITEM, st.fixed_dictionaries(QUANTITY, optional=OPEN_PLACE | BATCH)), min_size=1, max_size=4
        ),
    },
    optional={"expiresAt": st.builds(Later, st.integers(1, 3)), "reference": st.just("CART"), **TAKER},
)
_COMMIT = st.fixed_dictionaries(
    {
        "of": RECENT,
        "lines": st.one_of(
            st.none(),
            st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(1, 4))), min_size=1, max_size=3),
        ),
    }
)
WISHES = {
    "reserve": wished("reserve", _RESERVE),
    "extend": wished(
        "extend", st.fixed_dictionaries({"of": RECENT, "until": st.builds(Later, st.integers(1, 5))}), VERSIONS
    ),
    "commit": wished("commit", _COMMIT, VERSIONS),
    "give back": wished("give back", st.fixed_dictionaries({"of": RECENT}), ["none", "good", "good", "good", "stale"]),
    "look": wished("look", st.fixed_dictionaries({"of": RECENT})),
}
OTHER.update(
    {
        "reserve": {"reference": "another"},
        "commit": {"items": [{"supplierId": "S1", "productId": "P1", "quantity": 7}]},
    }
)


@asks("reserve", "extend", "commit", "give back", "look")
def about_a_reservation(world: World, call: Call, wish: Wish) -> Call:
    """Return a call about a reservation."""
    call = replace(call, kind=wish.verb, item=None)
    if wish.verb == "reserve":
        lines = [world.entry(ITEMS[item], members) for item, members in wish.members["items"]]
        body = {**world.concrete(ITEMS[0], wish.members), "items": lines}
        return replace(call, method="POST", path="/v1/reservations", body=body, key=world.fresh_key())
    name = _reservation(world, wish.members["of"])
    known = world.stock.reservations.get(name)
    call = replace(call, reservation=name, path=f"/v1/reservations/{name}")
    if wish.verb == "look":
        return call
    call = replace(call, key=world.fresh_key())
    version = known.version if known else 0
    if wish.verb == "give back":
        return guarded(replace(call, method="DELETE"), wish.version, version)
    body = world.concrete(ITEMS[0], {"expiresAt": wish.members["until"]}) if wish.verb == "extend" else {}
    if wish.verb == "commit" and wish.members["lines"]:
        about = [*(known.items if known else ()), ITEMS[3]]
        body = {
            "items": [
                {**named_as(about[number % len(about)]), **({"quantity": quantity} if quantity else {})}
                for number, quantity in wish.members["lines"]
            ]
        }
    call = replace(call, method="POST", path=f"{call.path}/{wish.verb}", body=body)
    return guarded(call, wish.version, version)


def _reservation(world: World, number: int) -> str:
    """Return one of the reservations there are, mostly one of which something is held."""
    if number > MOSTLY:
        return NOBODY
    held = [name for name in world.stock.reservations if world.holds(name)]
    names = (held if number < MOSTLY else []) or list(world.stock.reservations) or [NOBODY]
    return names[-1 - number % len(names)]
