"""What the model answers to calls about batches: held, recalled, and let go."""

from collections import Counter
from typing import Any

from tests.model.calls import Call, Reply, answers, check_version, same, succeeded
from tests.model.items import OWNERS, named
from tests.model.movements import Posting, displace
from tests.model.stock import Key, Refused, Stock


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
    meant = [each for each in _meant(stock, key, body) if number in stock.items[each].expiries]
    if not meant:
        raise Refused(404, "not_found")
    if key in stock.items:
        check_version(stock.items[key].version, body.get("version"), call.if_match)
    changed = {each: held != (number in stock.items[each].held) for each in meant}
    # The version is looked at first; then it takes back itself what has lapsed.
    due = [each for each in meant if each in stock.unsettled]
    now, views = stock.settled(due) if due else stock, []
    for each in meant:
        gave_way: Counter[str] = Counter()
        if changed[each]:
            now, gave_way = _mark(now, call, each, number, held=held)
        item = now.items[each]
        lies = sum(level.on_hand for place, level in item.levels.items() if place.batch == number)
        views.append((each.partner, changed[each], lies, item.version, gave_way))
    succeeded(reply, 200, version=views[0][3])
    same(views, [_seen(item) for item in reply.json["items"]])
    return now


def _meant(stock: Stock, key: Key, body: dict[str, Any]) -> list[Key]:
    """Return the item that is named, and for a recall those of the retail partners behind it."""
    behind = sorted(
        str(other.partner) for other in stock.items if other.partner and other[:2] == key[:2] and not key.partner
    )
    recalled = [key._replace(partner=partner) for partner in behind if body.get("downstream", True)]
    return [each for each in (key, *recalled) if each in stock.items]


def _mark(stock: Stock, call: Call, key: Key, number: str, *, held: bool) -> tuple[Stock, Counter[str]]:
    fork = stock.fork()
    item = fork.draft(key)
    post = Posting(fork, item, {}, step=call.step, owners=OWNERS)
    places = [place for place in item.levels if place.batch == number]
    changes = [c for place in places if held for c in displace(post, place, item.levels[place].reserved)]
    item.held = item.held | {number} if held else item.held - {number}
    item.book("hold", changes, call.step)
    item.marked += ((f"batch.{'held' if held else 'released'}", number, item.version),)
    gave_way: Counter[str] = Counter()
    for change in changes:
        gave_way[change.reservation] -= change.reserved
    return fork.touch(*((name, "displaced") for name in gave_way)), gave_way


def _seen(item: dict[str, Any]) -> Any:
    displaced = Counter({each["reservationId"]: each["quantity"] for each in item["displaced"]})
    return item["retailPartnerId"], item["changed"], item["inventoryLevel"], item["version"], displaced
