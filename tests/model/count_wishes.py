"""What calls about stock counts are sent with."""

from typing import Any

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.items import OWNERS
from tests.model.wishes import BATCHES, RECENT, VERSIONS, Mark, Wish, wished
from tests.model.world import OTHER, World, asks, guarded

_NOBODYS = "cnt_nobodys"
_ACTIONS = {"approve count": "approve", "call off": "cancel"}
_LEFT_OUT = "left out"
_LINE = st.fixed_dictionaries(
    {
        "product": st.sampled_from([*["P1"] * 8, *["P2"] * 6, "P9"]),
        "quantity": st.one_of(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12), st.none()),
        "batch": st.sampled_from([_LEFT_OUT, _LEFT_OUT, None, *BATCHES]),
        "partner": st.sampled_from([*[None] * 6, *["its owner"] * 6, "R1"]),
        "countedAt": st.one_of(st.none(), st.builds(Mark, st.integers(0, 4))),
    }
)
_OF = {"of": RECENT}
WISHES = {
    "open count": wished(
        "open count",
        st.fixed_dictionaries(
            {"warehouse": st.sampled_from(["W1", "W1", "W2", "WS", "RW", "RW", "W9"])},
            optional={"countId": st.sampled_from([None, None, "C1", "C2"])},
        ),
    ),
    "write down": wished(
        "write down", st.fixed_dictionaries({**_OF, "lines": st.lists(_LINE, min_size=1, max_size=3)}), VERSIONS
    ),
    "approve count": wished("approve count", st.fixed_dictionaries(_OF), VERSIONS),
    "call off": wished("call off", st.fixed_dictionaries({"of": st.sampled_from([0, 4, 5, 5, 5, 6, 7])}), VERSIONS),
    "look at count": wished("look at count", st.fixed_dictionaries(_OF)),
}
OTHER.update(
    {
        "open count": {"reference": "another"},
        "write down": {"lines": [{"supplierId": "S1", "productId": "P1", "batchNumber": "LATE", "quantity": 99}]},
    }
)


@asks("open count")
def open_count(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/counts."""
    name = wish.members.get("countId")
    body = {"warehouseLocation": wish.members["warehouse"], **({"countId": name} if name else {})}
    return world.about(call, wish.verb, "POST", "/v1/counts", body=body, key=world.fresh_key())


@asks("write down", "approve count", "call off", "look at count")
def about_a_count(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/counts/…/lines, /approve, /cancel, or GET."""
    name = _count(world, wish.members["of"], filled=wish.verb == "approve count")
    known = world.stock.counts.get(name)
    path = f"/v1/counts/{name}"
    if wish.verb == "look at count":
        return world.about(call, wish.verb, "GET", path)
    if wish.verb == "write down":
        owner = OWNERS[known.warehouse] if known else None
        body = {"lines": [_line(world, line, owner) for line in wish.members["lines"]]}
        call = world.about(call, wish.verb, "POST", f"{path}/lines", body=body, key=world.fresh_key())
    else:
        call = world.about(call, wish.verb, "POST", f"{path}/{_ACTIONS[wish.verb]}", key=world.fresh_key())
    return guarded(call, wish.version, known.version if known else 0)


def _line(world: World, drawn: dict[str, Any], owner: str | None) -> dict[str, Any]:
    line = {"supplierId": "S1", "productId": drawn["product"], "quantity": drawn["quantity"]}
    if drawn["batch"] != _LEFT_OUT:
        line["batchNumber"] = drawn["batch"]
    partner = owner if drawn["partner"] == "its owner" else drawn["partner"]
    if partner is not None:
        line["retailPartnerId"] = partner
    moment = drawn["countedAt"]
    if moment is None and world.several:  # whether others of the same moment came before or after, nobody could tell
        moment = Mark(0)
    if moment is not None:
        line["countedAt"] = world.moment(moment)
    return line


def _count(world: World, number: int, *, filled: bool) -> str:
    """Return one of the counts there are, mostly one that is open, and has lines where it has to."""
    known = world.stock.counts
    if number == 5 or not known:
        return _NOBODYS
    fitting = [name for name, count in known.items() if count.status == "open" and (count.lines or not filled)]
    names = (fitting if number < 4 else []) or list(known)
    return names[-1 - number % len(names)]
