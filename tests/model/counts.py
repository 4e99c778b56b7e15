"""What the model answers to calls about stock counts: opened, written down, approved, called off.

A count books nothing until it is approved. Beside each line stands what the books said when somebody counted.
"""

from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Reply, Unexplained, answers, check_version, same, succeeded
from tests.model.items import OWNERS, demand_settled
from tests.model.movements import Posting, counted
from tests.model.papers import Count, Counted
from tests.model.stock import Change, Item, Key, Place, Refused, Stock

PRODUCTS = ("P1", "P2")


@answers("open count")
def open_count(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a count: of one warehouse; nothing is locked, and several may be open."""
    body = call.body or {}
    if body["warehouseLocation"] not in OWNERS:
        raise Refused(404, "not_found")
    if body.get("countId") in stock.counts:
        raise Refused(409, "already_exists")
    succeeded(reply, 201, version=1)
    name = reply.json["countId"]
    same(body.get("countId", name), name)
    return _shown(stock.with_count(name, Count(body["warehouseLocation"])), name, reply)


@answers("write down")
def write_down(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/lines: a line for each place, in the stead of the one before; no quantity takes it out."""
    name, known = _begun(stock, call)
    lines, named = dict(known.lines), []
    for line in (call.body or {})["lines"]:
        key, batch = _place_of(stock, known, line)
        if (key, batch) in named:
            raise Refused(400, "validation_error")
        named.append((key, batch))
        if line["quantity"] is None:
            lines.pop((key, batch), None)
        else:
            moment = line.get("countedAt")
            lines[key, batch] = Counted(line["quantity"], moment, call.moments.get(moment or "", call.step - 0.5))
    after = stock.with_count(name, replace(known, lines=lines, version=known.version + 1))
    succeeded(reply, 200, version=known.version + 1)
    return _shown(after, name, reply, only=named)


@answers("approve count")
def approve(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/approve: every line is booked as of when it was counted, or none."""
    name, known = _begun(stock, call)
    if not known.lines:
        raise Refused(409, "invalid_state")
    for key, _ in known.lines:
        demand_settled(stock, key, {})
    now, booked, refused = stock, {}, []
    for (key, batch), line in known.lines.items():
        try:
            now, booked[key, batch] = _booked(now, call, key, Place(known.warehouse, batch), line)
        except Refused as refusal:
            about = (key.supplier, key.product, batch, refusal.code)
            refused.append((*about, refusal.facts["available"], refusal.facts["requested"]))
    if refused:
        _names_all(refused, reply)
        raise Refused(409, "insufficient_stock")
    missed = _uncounted(now, known)
    ended = replace(known, lines=booked, status="approved", version=known.version + 1, uncounted=missed)
    succeeded(reply, 200, version=ended.version)
    _shown(now.published().with_count(name, ended), name, reply)
    return now.with_count(name, ended)


@answers("call off")
def call_off(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/cancel: it is closed, and nothing is booked."""
    name, known = _begun(stock, call)
    ended = replace(known, status="cancelled", version=known.version + 1)
    succeeded(reply, 200, version=ended.version)
    return _shown(stock.with_count(name, ended), name, reply)


@answers("look at count")
def look(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of a count."""
    name = call.path.split("/")[3]
    if name not in stock.counts:
        raise Refused(404, "not_found")
    succeeded(reply, 200, version=stock.counts[name].version)
    return _shown(stock, name, reply)


def _begun(stock: Stock, call: Call) -> tuple[str, Count]:
    name = call.path.split("/")[3]
    known = stock.counts.get(name)
    if known is None:
        raise Refused(404, "not_found")
    check_version(known.version, (call.body or {}).get("version"), call.if_match)
    if known.status != "open":
        raise Refused(409, "invalid_state", currentStatus=known.status)
    return name, known


def _place_of(stock: Stock, count: Count, line: dict[str, Any]) -> tuple[Key, str | None]:
    """Return what a line is about: without a batch, the only one that lies there."""
    owner = OWNERS[count.warehouse]
    if line.get("retailPartnerId") not in (None, owner) or line["productId"] not in PRODUCTS:
        raise Refused(404, "not_found")
    key = Key(line["supplierId"], line["productId"], owner)
    if "batchNumber" in line:
        return key, line["batchNumber"]
    item = stock.items.get(key)
    there = [place.batch for place in item.levels if place.warehouse == count.warehouse] if item else []
    if len(there) > 1:
        raise Refused(400, "ambiguous_level")
    return key, there[0] if there else None


def _booked(now: Stock, call: Call, key: Key, place: Place, line: Counted) -> tuple[Stock, Counted]:
    fork = now.fork()
    item = fork.draft(key)
    expected, moved, superseded = _books(item, place, line)
    if place.batch is not None:
        item.expiries.setdefault(place.batch, None)
    about = {"quantity": line.quantity, "countedAt": "then"}
    post = Posting(fork, item, about, step=call.step, owners=OWNERS, moments={"then": line.moment})
    changes = counted(post, place)
    item.book_as([("release" if c.displaced else "count", c) for c in changes], post.occurred)
    fork = fork.touch(*((lease, "displaced") for lease in post.gave_way))
    return fork, line._replace(booked=(expected, moved, superseded, _displaced(changes)))


def _displaced(changes: list[Change]) -> int:
    return -sum(change.reserved for change in changes)


def _books(item: Item | None, place: Place, line: Counted) -> tuple[int, int, bool]:
    """Return what the books said when somebody counted, what has moved since, and whether somebody counted later."""
    level = item.levels.get(place) if item else None
    if item is None or level is None:
        return 0, 0, False
    moved = item.moved_since(place, line.moment)
    return level.on_hand - moved, moved, level.set_at is not None and level.set_at > line.moment


def _uncounted(stock: Stock, count: Count) -> list[Any]:
    """Return the places where something lies and nobody counted."""
    found = []
    for key, item in stock.items.items():
        for place, level in item.levels.items():
            if place.warehouse == count.warehouse and level.on_hand and (key, place.batch) not in count.lines:
                found.append((*key, place.batch, level.on_hand))
    return sorted(found, key=str)


def _names_all(refused: list[Any], reply: Reply) -> None:
    """Raise Unexplained unless every refused line is named."""
    if reply.status != 409:
        raise Unexplained("refused as a whole", refused, reply.content)
    names = ("supplierId", "productId", "batchNumber", "code", "available", "requested")
    same(refused, [tuple(line[name] for name in names) for line in reply.json.get("lines", ())])


def _shown(stock: Stock, name: str, reply: Reply, *, only: list[Any] | None = None) -> Stock:
    count, body = stock.counts[name], reply.json
    names = ("countId", "warehouseLocation", "status", "lineCount", "version")
    same((name, count.warehouse, count.status, len(count.lines), count.version), tuple(body[each] for each in names))
    lines = [_line(stock, count, about) for about in count.lines if only is None or about in only]
    same(lines, [_seen(line, about) for line, about in zip(body["lines"], lines, strict=False)])
    same(len(lines), len(body["lines"]))
    if only is None:
        _same_uncounted(stock, count, body["uncounted"])
    return stock


def _same_uncounted(stock: Stock, count: Count, shown: Any) -> None:
    missed = {"open": lambda: _uncounted(stock, count), "approved": lambda: count.uncounted}.get(count.status)
    if missed is None or shown is None:
        same(missed is None, shown is None)
        return
    names = ("supplierId", "productId", "retailPartnerId", "batchNumber", "inventoryLevel")
    found = sorted((tuple(level[name] for name in names) for level in shown["levels"]), key=str)
    same((missed(), len(found)), (found, shown["number"]))


def _line(stock: Stock, count: Count, about: tuple[Key, str | None]) -> Any:
    line, (key, batch) = count.lines[about], about
    if line.booked is not None:
        expected, moved, superseded, displaced = line.booked
    else:
        expected, moved, superseded = _books(stock.items.get(key), Place(count.warehouse, batch), line)
        displaced = None
    book = (expected, line.quantity - expected, moved, superseded, displaced, displaced is None)
    return (*key, batch, line.quantity, line.counted_at, *book)


def _seen(body: dict[str, Any], wanted: Any) -> Any:
    """Return a line as the API shows it, in the words of `_line`; a moment that nobody named is the API's to choose."""
    moment = body["countedAt"] if wanted[5] is not None else None
    about = tuple(body[name] for name in ("supplierId", "productId", "retailPartnerId", "batchNumber", "quantity"))
    names = ("expectedQuantity", "difference", "movedSince", "superseded", "displacedQuantity")
    return (*about, moment, *(body[name] for name in names), body["transactionId"] is None)
