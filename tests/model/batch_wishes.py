"""What calls about batches are sent with."""

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.wishes import BATCHES, Wish, wished
from tests.model.world import OTHER, World, asks, guarded, named_as

_MARK = st.fixed_dictionaries(
    {"batch": st.sampled_from(BATCHES), "downstream": st.sampled_from([None, True, False, False])}
)
WISHES = {
    "hold": wished("hold", _MARK, [*["none"] * 4, "good", "stale"]),
    "unhold": wished("unhold", _MARK, [*["none"] * 4, "good", "stale"]),
}
OTHER.update({"hold": {"reason": "another"}, "unhold": {"reason": "another"}})


@asks("hold", "unhold")
def about_a_batch(world: World, call: Call, wish: Wish) -> Call:
    """Return a call about a batch; of the house's, a recall where it does not say otherwise."""
    assert call.item is not None
    members = wish.members
    body = {**named_as(call.item), "reason": "found so"}
    if members["downstream"] is not None:
        body["downstream"] = members["downstream"]
    known = world.stock.items.get(call.item)
    call = world.about(
        call, wish.verb, "POST", f"/v1/batches/{members['batch']}/{wish.verb}", body=body, key=world.fresh_key()
    )
    return guarded(call, wish.version, known.version if known else 0)
