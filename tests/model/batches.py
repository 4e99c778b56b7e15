"""What the model answers to calls about batches: held, and let go."""

from tests.model.calls import Call, Reply, answers, same, succeeded
from tests.model.items import OWNERS, demand_settled, named
from tests.model.movements import Posting, displace
from tests.model.stock import Refused, Stock


@answers("hold")
def hold(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/hold: nothing of it may be had, and what reservations hold of it gives way."""
    return _marked(stock, call, reply, held=True)


@answers("unhold")
def unhold(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/unhold: it may be had again; what gave way does not come back."""
    return _marked(stock, call, reply, held=False)


def _marked(stock: Stock, call: Call, reply: Reply, *, held: bool) -> Stock:
    body = call.body or {}
    key, number = named(body), call.path.split("/")[3]
    known = stock.items.get(key)
    if known is None or number not in known.expiries:
        raise Refused(404, "not_found")
    changed = held != (number in known.held)
    now, item, gave_way = stock, known, set()
    if changed:
        demand_settled(stock, key, {})
        fork = stock.fork()
        item = fork.draft(key)
        post = Posting(fork, item, body, step=call.step, owners=OWNERS)
        places = [place for place in item.levels if place.batch == number]
        changes = [c for place in places if held for c in displace(post, place, item.levels[place].reserved)]
        item.held = item.held | {number} if held else item.held - {number}
        item.book("hold", changes, call.step)
        gave_way = set(post.gave_way)
        now = fork.touch(*((name, "displaced") for name in gave_way))
    succeeded(reply, 200)
    (shown,) = reply.json["items"]
    lies = sum(level.on_hand for place, level in item.levels.items() if place.batch == number)
    same((key.partner, changed, lies), (shown["retailPartnerId"], shown["changed"], shown["inventoryLevel"]))
    same(gave_way, {displaced["reservationId"] for displaced in shown["displaced"]})
    if changed:
        same(item.version, shown["version"])
    return now
