"""What calls about transfers are sent with."""

from typing import Any

from hypothesis import strategies as st

from tests.model.calls import Call
from tests.model.movements import PLACE
from tests.model.wishes import BATCHES, QUANTITIES, RECENT, VERSIONS, Later, Mark, Site, Wish, wished
from tests.model.world import ITEMS, OTHER, World, asks, guarded, named_as

NOBODYS = "trf_nobodys"
_STEPS = {"ship": "ship", "receive": "receive", "turn back": "cancel"}
_READY = {"ship": {"planned"}, "receive": {"inTransit"}, "turn back": {"planned", "inTransit"}}
_BATCH = st.sampled_from([*[None] * 6, *BATCHES])
_UNIT = st.sampled_from([*[None] * 8, "EA", "CS", "HF"])
_MAYBE = {"occurredAt": st.builds(Mark, st.integers(0, 3))}
_LINE = st.fixed_dictionaries({"other": st.integers(0, 1), "quantity": QUANTITIES, "batch": _BATCH, "unit": _UNIT})
_CAME = st.fixed_dictionaries(
    {
        "line": st.sampled_from([0, 0, 0, 1, 1, None]),
        "received": st.integers(0, 5),
        "damaged": st.sampled_from([0, 0, 0, 1, 2]),
        "batch": _BATCH,
        "unit": _UNIT,
    }
)
WISHES = {
    "plan": wished(
        "plan",
        st.fixed_dictionaries(
            {
                **PLACE,
                "toWarehouseLocation": st.builds(Site, st.integers(0, 4)),
                "lines": st.lists(_LINE, min_size=1, max_size=3),
            },
            optional={
                "transferId": st.sampled_from([None, None, "T1", "T2"]),
                "expectedAt": st.builds(Later, st.integers(1, 3)),
                "reference": st.just("LORRY"),
            },
        ),
    ),
    "ship": wished(
        "ship",
        st.fixed_dictionaries({"of": RECENT}, optional={"expectedAt": st.builds(Later, st.integers(1, 3)), **_MAYBE}),
        VERSIONS,
    ),
    "receive": wished(
        "receive",
        st.fixed_dictionaries(
            {"of": RECENT, "lines": st.lists(_CAME, max_size=3), "complete": st.booleans()}, optional=_MAYBE
        ),
        VERSIONS,
    ),
    "turn back": wished(
        "turn back", st.fixed_dictionaries({"of": RECENT}, optional={"reason": st.just("closed"), **_MAYBE}), VERSIONS
    ),
    "look at transfer": wished("look at transfer", st.fixed_dictionaries({"of": RECENT})),
}
OTHER.update(
    {
        "plan": {"reference": "another"},
        "ship": {"occurredAt": "2020-01-01T00:00:00Z"},
        "receive": {"complete": True, "occurredAt": "2020-01-01T00:00:00Z"},
        "turn back": {"reason": "another"},
    }
)


@asks("plan")
def plan(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/transfers."""
    members = dict(wish.members)
    places = {name: members.pop(name) for name in ("warehouseLocation", "toWarehouseLocation")}
    lines = members.pop("lines")
    key = ITEMS[wish.item]
    ends = world.concrete(key, places)
    body = {
        "fromWarehouseLocation": ends["warehouseLocation"],
        "toWarehouseLocation": ends["toWarehouseLocation"],
        "items": [
            {
                **named_as(ITEMS[wish.item ^ line["other"]]),
                "quantity": line["quantity"],
                **_given(batchNumber=line["batch"], unitOfMeasure=line["unit"]),
            }
            for line in lines
        ],
        **world.concrete(key, members),
    }
    return _posted(world, call, wish, "/v1/transfers", body)


@asks("ship", "receive", "turn back")
def step(world: World, call: Call, wish: Wish) -> Call:
    """POST /v1/transfers/…/ship, /receive, /cancel."""
    members = dict(wish.members)
    name = _transfer(world, members.pop("of"), _READY[wish.verb])
    known = world.stock.transfers.get(name)
    lines = members.pop("lines", None)
    body = world.concrete(ITEMS[0], members)
    if lines is not None:
        loads = known.loads if known else ()
        body["items"] = [_came(line, loads) for line in lines]
    call = _posted(world, call, wish, f"/v1/transfers/{name}/{_STEPS[wish.verb]}", body)
    return guarded(call, wish.version, known.version if known else 0)


@asks("look at transfer")
def look(world: World, call: Call, wish: Wish) -> Call:
    """GET /v1/transfers/…."""
    name = _transfer(world, wish.members["of"], {"planned", "inTransit", "received", "cancelled"})
    return world.about(call, wish.verb, "GET", f"/v1/transfers/{name}")


def _posted(world: World, call: Call, wish: Wish, path: str, body: dict[str, Any]) -> Call:
    return world.about(call, wish.verb, "POST", path, body=body, key=world.fresh_key())


def _came(line: dict[str, Any], loads: Any) -> dict[str, Any]:
    number = line["line"]
    if number is None or not loads:
        product = {"supplierId": "S1", "productId": "P9" if number is None else "P1"}
    else:
        load = loads[number % len(loads)]
        product = {"supplierId": load.supplier, "productId": load.product}
    unit = line["unit"] if line["received"] else None
    came = {"received": line["received"], "damaged": line["damaged"]}
    return {**product, **came, **_given(batchNumber=line["batch"], unitOfMeasure=unit)}


def _transfer(world: World, number: int, ready: set[str]) -> str:
    """Return one of the transfers there are, mostly one that is ready for the step."""
    known = world.stock.transfers
    if number == 5 or not known:
        return NOBODYS
    fitting = [name for name, transfer in known.items() if transfer.status in ready]
    names = (fitting if number < 4 else []) or list(known)
    return names[-1 - number % len(names)]


def _given(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
