"""What calls about pools are sent with."""

from dataclasses import replace

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.wishes import RECENT, Later, Wish, wished
from tests.model.world import ITEMS, OTHER, World, asks, guarded

_NOBODYS = "alc_00000000000000000000000000"
_VERSIONS = ["none", *["good"] * 5, *["good in the body"] * 3, "stale", "stale in the body"]
_LATER = st.one_of(st.none(), st.builds(Later, st.integers(1, 3)))
_QUANTITY = st.one_of(st.integers(0, 12), st.integers(0, 12), st.integers(0, 60))
WISHES = {
    "share out": wished(
        "share out",
        st.fixed_dictionaries(
            {
                "item": st.sampled_from([0, 0, 0, 1]),
                "quantity": _QUANTITY,
                "for": st.sampled_from(
                    [
                        *[{"retailPartnerId": "R1"}] * 3,
                        *[{"retailPartnerId": "R2"}] * 2,
                        *[{"channel": "WEB"}] * 2,
                        {"channel": "FAIR"},
                        {"retailPartnerId": "R9"},
                        {},
                    ]
                ),
            },
            optional={"borrowableUntil": _LATER, "endsAt": _LATER},
        ),
    ),
    "change pool": wished(
        "change pool",
        st.fixed_dictionaries(
            {"of": RECENT}, optional={"quantity": _QUANTITY, "borrowableUntil": _LATER, "endsAt": _LATER}
        ),
        _VERSIONS,
    ),
    "end pool": wished("end pool", st.fixed_dictionaries({"of": RECENT}), ["none", "good", "good", "stale"]),
    "look at pool": wished("look at pool", st.fixed_dictionaries({"of": RECENT})),
}
OTHER.update({"share out": {"quantity": 61}, "change pool": {"quantity": 61}})


@asks("share out")
def share_out(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/allocations."""
    members = dict(wish.members)
    key, whose = ITEMS[members.pop("item")], members.pop("for")
    body = {"supplierId": key.supplier, "productId": key.product, **whose, **world.concrete(key, members)}
    return world.about(call, wish.verb, "POST", "/v1/allocations", body=body, key=world.fresh_key())


@asks("change pool", "end pool", "look at pool")
def about_a_pool(world: World, call: Call, wish: Wish) -> Call:
    """PATCH, DELETE or GET /v1/allocations/…."""
    members = dict(wish.members)
    known = {name: pool for item in world.stock.items.values() for name, pool in item.pools.items()}
    number = members.pop("of")
    name = list(known)[-1 - number % len(known)] if known and number < 5 else _NOBODYS
    path = f"/v1/allocations/{name}"
    if wish.verb == "look at pool":
        return world.about(call, wish.verb, "GET", path)
    if wish.verb == "change pool":
        nothing = {each: None for each in ("borrowableUntil", "endsAt") if each in members and members[each] is None}
        body = {**world.concrete(ITEMS[0], members), **nothing}
        call = world.about(call, wish.verb, "PATCH", path, body=body)
    else:
        call = world.about(call, wish.verb, "DELETE", path)
    version = known[name].version if name in known else 2
    return guarded(replace(call, key=world.fresh_key()), wish.version, version)
