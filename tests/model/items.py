"""What the model answers to calls about items: movements, lists of them, changes, readings."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple

from tests.model.calls import Call, Reply, Unexplained, answers, check_version, same, same_problem, succeeded
from tests.model.movements import MOVEMENTS, Posting, corrected
from tests.model.offers import offer, offered_movement, seen_offer, seen_offered_movement, sees_all
from tests.model.papers import Review
from tests.model.stock import CHANNELS, NEVER, Booked, Item, Key, Refused, Reservation, Stock

# Of every warehouse, the retail partner who owns it; None is the house.
OWNERS: dict[str, str | None] = {"W1": None, "W2": None, "WS": None, "RW": "R1", "RX": "R1"}
# By its number, the party of each application.
PARTIES = ("tenant", "tenant", "R1", "S1")
# How many base units a unit of a product is.
UNITS = {"P1": {"EA": Fraction(1), "CS": Fraction(3), "HF": Fraction(1, 2)}, "P2": {"EA": Fraction(1)}}
BALANCES = ("inventoryLevel", "reservedQuantity", "onHoldQuantity", "availableQuantity")
_TOUCHED = {"release": "released", "shipment": "committed"}


class Moved(NamedTuple):
    """What a movement left behind."""

    stock: Stock
    item: Item
    booked: list[Booked]
    doubted: bool = False  # a value that was stated, and not believed


def move(stock: Stock, call: Call, line: dict[str, Any], named: Key, name: str | None) -> Moved:
    """Post one movement; `name` is what the API called the reservation that it made, or the value it did not believe.

    Raises Refused, and Unexplained while something on the item has lapsed that nobody took back.
    """
    verb = MOVEMENTS[line["type"]]
    key = whose(named, line, party_of(call))
    line = permitted(key, line, party_of(call))
    line = in_base_units(line, key.product)
    if key not in stock.items and not verb.creates:
        raise _absent(key, line)
    fork = stock.fork()
    item = fork.draft(key)
    if stock.unsettled:
        demand_settled(stock, key, line)
    check_version(item.version, line.get("version"), call.if_match)
    name = line.get("reservationId", name)
    post = Posting(fork, item, line, step=call.step, owners=OWNERS, name=name, moments=call.moments)
    changes = verb.answer(post)
    if post.doubted:
        return Moved(kept_for_review(stock, name or "", post.doubted[0]), stock.items[key], [], doubted=True)
    if not changes:
        return Moved(stock, item, [])
    if "reservationId" in line or line["type"] == "reservation":
        changes = [change._replace(reservation=name or "") for change in changes]
    item.book(line["type"], changes, post.occurred)
    booked = [b for known, now in fork.items.items() for b in _new_lines(stock.items.get(known), now)]
    return Moved(_noted(fork, post, key), item, booked)


def kept_for_review(stock: Stock, name: str, review: Review) -> Stock:
    """Keep a value that was not believed: of what one feed says of one place, only the newest waits for a person."""
    if review.reason != "review":
        return stock.with_review(name, review)
    waiting = {
        other: known for other, known in stock.reviews.items() if known.status == "open" and known.place == review.place
    }
    if any(known.moment > review.moment for known in waiting.values()):
        return stock.with_review(name, replace(review, reason="older"))
    for other, known in waiting.items():
        stock = stock.with_review(other, replace(known, status="overruled", reason="older", version=known.version + 1))
    return stock.with_review(name, replace(review, status="open"))


def _absent(key: Key, line: dict[str, Any]) -> Refused:
    if key.partner is None and "reservationId" not in line:
        return Refused(409, "insufficient_stock", available=0, requested=line["quantity"])
    return Refused(404, "not_found")


def demand_settled(stock: Stock, key: Key, line: dict[str, Any]) -> None:
    there = key._replace(partner=OWNERS.get(line.get("toWarehouseLocation", ""), key.partner))
    if {key, there} & set(stock.unsettled):
        raise Unexplained("what has lapsed on an item is taken back before anything else is done")


def _noted(fork: Stock, post: Posting, key: Key) -> Stock:
    """Note what became of reservations."""
    kind, name = post.line["type"], post.name
    touched = [(displaced, "displaced") for displaced in post.gave_way]
    if kind == "reservation" and name is not None:
        known = fork.reservations.get(name) or Reservation((), post.line.get("expiresAt"), post.taker)
        items = known.items if key in known.items else (*known.items, key)
        fork.reservations[name] = replace(known, items=items)
        touched.append((name, "created"))
    elif "reservationId" in post.line:
        touched.append((post.line["reservationId"], _TOUCHED[kind]))
    return fork.touch(*touched) if touched else fork


def _new_lines(before: Item | None, after: Item) -> Sequence[Booked]:
    return after.ledger[len(before.ledger) if before else 0 :]


def whose(named: Key, line: dict[str, Any], party: str) -> Key:
    """Return the item that a line is about: stock in a partner's warehouse is that partner's own.

    Raises Refused for a warehouse that is not there, not the named partner's, or none that the caller sees.
    """
    theirs: dict[str, set[str | None]] = {"R1": {"R1"}, "S1": {None}}
    sees = theirs.get(party, set(OWNERS.values()))
    places = [line[name] for name in ("warehouseLocation", "toWarehouseLocation") if name in line]
    if any(place not in OWNERS or OWNERS[place] not in sees for place in places):
        raise Refused(404, "not_found")
    if "warehouseLocation" not in line:
        return named
    owner = OWNERS[line["warehouseLocation"]]
    if named.partner is not None and owner != named.partner:
        raise Refused(404, "not_found")
    return named._replace(partner=owner)


def party_of(call: Call) -> str:
    """Return who calls: the tenant's staff, a retail partner, or a supplier."""
    return PARTIES[call.by]


def permitted(key: Key, line: dict[str, Any], party: str) -> dict[str, Any]:
    """Return a line as its caller may post it: what a retail partner takes of the house is for itself.

    Raises Refused for what the caller may not see, and for what it may not do.
    """
    taker = line.get("forRetailPartnerId")
    if party == "S1":
        if key.partner is not None:
            raise Refused(404, "not_found")
        if taker is not None:
            raise Refused(403, "not_permitted")
    elif party == "R1":
        if taker not in (None, party):
            raise Refused(403, "not_permitted")
        if key.partner is not None:
            return {name: value for name, value in line.items() if name != "forRetailPartnerId"}
        if line["type"] not in ("reservation", "release"):
            raise Refused(403, "not_permitted")
        return {**line, "forRetailPartnerId": party, "itsOwn": True}
    elif taker not in (None, *CHANNELS):
        raise Refused(404, "not_found")
    return line


def in_base_units(line: dict[str, Any], product: str) -> dict[str, Any]:
    """Return a line whose quantity counts base units.

    Raises Refused for a unit that the product does not have, and for a quantity that is not whole in base units.
    """
    unit = line.get("unitOfMeasure", "EA")
    if unit not in UNITS[product]:
        raise Refused(400, "validation_error")
    if "quantity" not in line:
        return line
    quantity = line["quantity"] * UNITS[product][unit]
    if quantity.denominator != 1:
        raise Refused(400, "inexact_conversion")
    return {**line, "quantity": int(quantity)}


@answers("movement")
def movement(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of one movement."""
    assert call.item is not None
    assert call.body is not None
    body = reply.json if reply.status == 201 else {}
    name = body.get("reservationId") or body.get("reviewId")
    after, item, booked, doubted = move(stock, call, call.body, call.item, name)
    succeeded(reply, 201, version=item.version)
    if sees_all(item, party_of(call)):
        same(posted(item, booked, call.body.get("reservationId")), seen_movement(body))
    else:
        same(offered_movement(item, booked, party_of(call)), seen_offered_movement(body))
    same(doubted, body.get("reviewId") is not None)
    same(bool(booked), "location" in reply.headers)
    return after


@answers("patch")
def patch(stock: Stock, call: Call, reply: Reply) -> Stock:
    """PATCH of an item: its level, its threshold, its attributes."""
    assert call.item is not None
    body = call.body or {}
    key = whose(call.item, body, party_of(call))
    if key not in stock.items:
        raise Refused(404, "not_found")
    demand_settled(stock, key, {})
    fork = stock.fork()
    item = fork.draft(key)
    check_version(item.version, body.get("version"), call.if_match)
    _set_thresholds(item, body.get("reorderThresholds", {}))
    changes = []
    if "inventoryLevel" in body:
        post = Posting(fork, item, body, step=call.step, owners=OWNERS)
        changes = corrected(post, body["inventoryLevel"])
    item.threshold = body.get("reorderThreshold", item.threshold)
    merged = {**item.attributes, **body.get("attributes", {})}
    item.attributes = {name: value for name, value in merged.items() if value is not None}
    item.book("adjustment", changes, call.step - 0.5)
    succeeded(reply, 200, version=item.version)
    same(view(item), seen(reply.json))
    return fork


def _set_thresholds(item: Item, said: dict[str, int | None]) -> None:
    """Set the thresholds of places where stock of the item may lie; to remove one needs no place."""
    if any(item.key.partner != OWNERS.get(place, place) for place, threshold in said.items() if threshold is not None):
        raise Refused(404, "not_found")
    merged = {**item.thresholds, **said}
    item.thresholds = {place: threshold for place, threshold in merged.items() if threshold is not None}


@answers("batch")
def batch(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a list: each line sees those before it; `atomic` is all or nothing."""
    body = call.body or {}
    results = reply.json["results"] if reply.status == 200 else [{}] * len(body["items"])
    now = stock
    expected: list[Any] = []
    refusals: list[tuple[int, Refused]] = []
    for index, (line, result) in enumerate(zip(body["items"], results, strict=True)):
        try:
            name = result.get("reservationId") or result.get("reviewId") or f"of line {index}"
            now, item, booked, doubted = move(now, call, line, named(line), name)
            expected.append((*posted(item, booked, line.get("reservationId")), doubted))
        except Refused as refusal:
            refusals.append((index, refusal))
            expected.append(refusal)
    if refusals and body["mode"] == "atomic":
        raise whole_refused(refusals, reply, 200)
    succeeded(reply, 200)
    for wanted, result in zip(expected, results, strict=True):
        if isinstance(wanted, Refused):
            same("refused", result["status"])
            same_problem(wanted, result["problem"])
        else:
            same("posted", result["status"])
            same(wanted, (*seen_movement(result), result.get("reviewId") is not None))
    same({"posted": len(results) - len(refusals), "refused": len(refusals)}, reply.json["summary"])
    return now


def whole_refused(refusals: list[tuple[int, Refused]], reply: Reply, status: int) -> Refused:
    """Return the first refusal of a list, whose answer points to every refused line.

    Raises Unexplained where the list was done, or other lines are pointed to.
    """
    if reply.status == status:
        raise Unexplained("refused as a whole", refusals, reply.content)
    pointers = {int(error["pointer"].split("/")[2]) for error in reply.json.get("errors", ())}
    same({index for index, _ in refusals}, pointers)
    return refusals[0][1]


@answers("read")
def read(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of an item."""
    item, party = stock.items.get(call.item) if call.item else None, party_of(call)
    if item is None or (party == "S1" and item.key.partner is not None):
        raise Refused(404, "not_found")
    succeeded(reply, 200, version=item.version)
    if sees_all(item, party):
        same(view(item), seen(reply.json))
    else:
        same(offer(item, party), seen_offer(reply.json))
    return stock


def named(line: dict[str, Any]) -> Key:
    """Return the item that a line of a list names."""
    return Key(line["supplierId"], line["productId"], line.get("retailPartnerId"))


def view(item: Item) -> Any:
    """Return an item as the tenant's staff sees it."""
    item = item.as_read()
    levels = sorted(
        (
            (place.warehouse, place.batch or "", item.expiry(place)),
            (level.on_hand, level.reserved, level.on_hold, level.free if item.offered(place) else 0),
        )
        for place, level in item.levels.items()
    )
    settings = (item.status, item.threshold, item.thresholds, item.attributes)
    incoming = sorted((source, *expected) for source, expected in item.arrivals.items())
    return (
        *item.key,
        item.version,
        *item.totals,
        item.available,
        *settings,
        sum(i[1] for i in incoming),
        incoming,
        levels,
    )


def seen(body: dict[str, Any]) -> Any:
    """Return what the API shows of an item, in the words of `view`."""
    levels = sorted(
        (
            (level["warehouseLocation"], level["batchNumber"] or "", (level["expirationDate"] or NEVER)[:10]),
            _balances(level),
        )
        for level in body["levels"]
    )
    names = ("supplierId", "productId", "retailPartnerId", "version")
    settings = ("stockStatus", "reorderThreshold", "reorderThresholds", "attributes", "incomingQuantity")
    incoming = sorted((each["source"], each["quantity"], each["expectedAt"]) for each in body["incoming"])
    return (*(body[name] for name in names), *_balances(body), *(body[name] for name in settings), incoming, levels)


def _balances(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(body[name] for name in BALANCES)


def posted(item: Item, booked: Iterable[Booked], reservation: str | None) -> Any:
    """Return what a movement left behind; a reservation that it made has a name that only the API knows."""
    lines = sorted(
        (b.kind, b.version, b.change.place.warehouse, b.change.place.batch or "", *b.change[1:4]) for b in booked
    )
    return view(item), lines, reservation


def seen_movement(body: dict[str, Any]) -> Any:
    """Return what the API says that a movement left behind, in the words of `posted`."""
    names = ("inventoryLevelChange", "reservedChange", "onHoldChange")
    lines = sorted(
        (b["type"], b["version"], b["warehouseLocation"], b["batchNumber"] or "", *(b[name] for name in names))
        for b in body["transactions"]
    )
    made = any(b["type"] == "reservation" for b in body["transactions"])
    return seen(body["item"]), lines, None if made else body["reservationId"]
