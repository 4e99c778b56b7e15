"""What calls about feeds are sent with."""

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.movements import SOURCES
from tests.model.wishes import RECENT, Wish, wished
from tests.model.world import OTHER, World, asks, guarded

_NOBODYS = "rev_00000000000000000000000000"
_POLICIES = st.sampled_from(["lastWriteWins", "sourcePriority", "sourcePriority", "manualReview", "manualReview"])
_OF = {"of": RECENT}
_VERSIONS = ["none"] * 4 + ["good", "stale"]
WISHES = {
    "believe": wished(
        "believe",
        st.fixed_dictionaries(
            {
                "policy": _POLICIES,
                "priorities": st.lists(st.sampled_from(SOURCES), min_size=1, max_size=2, unique=True),
                "fitting": st.sampled_from([True] * 6 + [False]),
            }
        ),
        ["none", *["good"] * 5, "good in the body", "stale", "stale in the body"],
    ),
    "approve review": wished("approve review", st.fixed_dictionaries(_OF), _VERSIONS),
    "reject review": wished("reject review", st.fixed_dictionaries(_OF), _VERSIONS),
    "look at review": wished("look at review", st.fixed_dictionaries(_OF)),
}
OTHER.update({"believe": {"policy": "sourcePriority", "priorities": ["another"]}})


@asks("believe")
def believe(world: World, call: Call, wish: Wish) -> Call:
    """PUT /v1/conflictPolicies/S1."""
    drawn = wish.members
    body = {"policy": drawn["policy"]}
    # Priorities that decide nothing are refused; with a version, so that it is no question of which refusal comes first.
    fitting = drawn["fitting"] or wish.version == "none"
    if (drawn["policy"] == "sourcePriority") == fitting:
        body["priorities"] = drawn["priorities"]
    call = world.about(call, wish.verb, "PUT", "/v1/conflictPolicies/S1", body=body, key=world.fresh_key())
    return guarded(call, wish.version, world.stock.policy.version)


@asks("approve review", "reject review", "look at review")
def about_a_review(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/reviews/…/approve or /reject, or GET."""
    name = _review(world, wish.members["of"], wish.verb)
    path = f"/v1/reviews/{name}"
    if wish.verb == "look at review":
        return world.about(call, wish.verb, "GET", path)
    step = wish.verb.split()[0]
    call = world.about(call, wish.verb, "POST", f"{path}/{step}", key=world.fresh_key())
    known = world.stock.reviews.get(name)
    return guarded(call, wish.version, known.version if known else 0)


def _review(world: World, number: int, verb: str) -> str:
    """Return one of the values that were not believed, mostly one that can still be decided."""
    known = world.stock.reviews
    ready = {"approve review": ("open", "overruled"), "reject review": ("open",)}.get(verb, ())
    fitting = [name for name, review in known.items() if review.status in ready]
    names = (fitting if number < 4 else []) or list(known)
    return names[-1 - number % len(names)] if names and number < 5 else _NOBODYS
