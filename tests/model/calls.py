"""The calls of the API that the model answers: what is sent, and which reply the model accepts in a given state."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from tests.model.movements import MOVEMENTS, Posting, corrected
from tests.model.stock import NEVER, Booked, Item, Key, Refused, Request, Stock, Told

# Of every warehouse, the retail partner who owns it; None is the house.
OWNERS: dict[str, str | None] = {"W1": None, "W2": None, "WS": None, "RW": "R1", "RX": "R1"}
BALANCES = ("inventoryLevel", "reservedQuantity", "onHoldQuantity", "availableQuantity")
PLENTY = 10**9


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to be sent. `by` numbers the applications; `marks` says after which step a count counted."""

    verb: str
    kind: str
    method: str
    path: str
    item: Key | None = None
    body: dict[str, Any] | None = None
    key: str | None = None
    if_match: str | None = None
    by: int = 0
    step: int = 0
    counted_after: int = PLENTY

    @property
    def request(self) -> Request:
        """What makes it the same request under its key."""
        return self.method, self.path, None if self.body is None else json.dumps(self.body), self.if_match


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, and when it was asked and answered."""

    status: int
    headers: dict[str, str]  # names in small letters
    content: bytes
    asked_at: float = 0.0
    answered_at: float = 0.0

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.content) if self.content else None

    @property
    def told(self) -> Told:
        """What a replay repeats."""
        return Told(self.status, self.content, self.headers.get("etag"), self.headers.get("location"))

    @property
    def replayed(self) -> bool:
        """True where the answer says so."""
        return self.headers.get("idempotent-replayed") == "true"


class Unexplained(Exception):
    """In this state the model gives another answer."""


def answer(stock: Stock, call: Call, reply: Reply) -> Stock:
    """Return the stock after a call that was answered so; the very same object where it changed nothing.

    Raises Unexplained where the model answers otherwise.
    """
    if reply.status >= 500:
        raise Unexplained("no answer is a 5xx", reply.content)
    known = stock.keys.get((call.by, call.key)) if call.key else None
    if call.kind == "patch" and call.if_match is None and "version" not in (call.body or {}):
        _refused(Refused(428, "precondition_required"), reply)
        return stock
    if known:
        request, told = known
        if request != call.request:
            _refused(Refused(422, "idempotency_key_reused"), reply)
        elif reply.told != told or not reply.replayed:
            raise Unexplained("a replay is the same to the byte", told, reply.told, reply.replayed)
        return stock
    if reply.replayed:
        raise Unexplained("nothing was sent under this key before")
    try:
        after = HANDLERS[call.kind](stock, call, reply)
    except Refused as refusal:
        _refused(refusal, reply)
        return stock
    return after.remember((call.by, call.key), call.request, reply.told) if call.key else after


def _refused(refusal: Refused, reply: Reply) -> None:
    if reply.status != refusal.status and refusal.or_else:
        refusal = refusal.or_else
    if reply.status != refusal.status:
        raise Unexplained(f"{refusal.status} {refusal.code}", refusal.facts, reply.status, reply.content)
    _same_problem(refusal, reply.json)


def _same_problem(refusal: Refused, problem: dict[str, Any]) -> None:
    if problem["status"] != refusal.status and refusal.or_else:
        refusal = refusal.or_else
    facts = {name: problem.get(name) for name in refusal.facts}
    if (problem["status"], problem["code"], facts) != (refusal.status, refusal.code, refusal.facts):
        raise Unexplained(f"{refusal.status} {refusal.code}", refusal.facts, problem)


def move(
    stock: Stock, call: Call, line: dict[str, Any], named: Key, name: str | None
) -> tuple[Stock, Item, list[Booked]]:
    """Post one movement: return the stock after it, its item, and what was booked on every item.

    Raises Refused.
    """
    verb = MOVEMENTS[line["type"]]
    key = whose(named, line)
    before = stock.items.get(key)
    if before is None and not verb.creates:
        if key.partner is None and "reservationId" not in line:
            raise Refused(409, "insufficient_stock", available=0, requested=line["quantity"])
        raise Refused(404, "not_found", or_else=Refused(409, "insufficient_stock", available=0))
    fork = stock.fork()
    item = fork.draft(key)
    check_version(item, line.get("version"), call.if_match)
    post = Posting(fork, item, line, step=call.step, owners=OWNERS, name=name, counted_after=call.counted_after)
    changes = verb.answer(post)
    if not changes:
        return stock, item, []
    item.book(line["type"], changes, call.step)
    return fork, item, [b for key, now in fork.items.items() for b in new_lines(stock.items.get(key), now)]


def new_lines(before: Item | None, after: Item) -> Sequence[Booked]:
    """Return what the ledger holds more than before."""
    return after.ledger[len(before.ledger) if before else 0 :]


def whose(named: Key, line: dict[str, Any]) -> Key:
    """Return the item that a line is about: stock in a partner's warehouse is that partner's own.

    Raises Refused for a warehouse that is not there or not the named partner's.
    """
    if "toWarehouseLocation" in line and line["toWarehouseLocation"] not in OWNERS:
        raise Refused(404, "not_found")
    if "warehouseLocation" not in line:
        return named
    if line["warehouseLocation"] not in OWNERS:
        raise Refused(404, "not_found")
    owner = OWNERS[line["warehouseLocation"]]
    if named.partner is not None and owner != named.partner:
        raise Refused(404, "not_found")
    return named._replace(partner=owner)


def check_version(item: Item, in_body: int | None, header: str | None) -> None:
    """Refuse a stale version: 412 where the header says it, 409 where the body does."""
    if header is not None and int(header.strip('"').partition(".")[0]) != item.version:
        raise Refused(412, "version_conflict", currentVersion=item.version)
    if in_body is not None and in_body != item.version:
        raise Refused(409, "version_conflict", currentVersion=item.version)


def movement(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of one movement."""
    assert call.item is not None
    assert call.body is not None
    body = reply.json if reply.status == 201 else {}
    after, item, booked = move(stock, call, call.body, call.item, body.get("reservationId"))
    if reply.status != 201:
        raise Unexplained("201", item, reply.content)
    _same(posted(item, booked, call.body.get("reservationId")), seen_movement(body))
    _same_tag(item, reply)
    _same(bool(booked), "location" in reply.headers)
    return after


def patch(stock: Stock, call: Call, reply: Reply) -> Stock:
    """PATCH of an item: its level, its threshold, its attributes."""
    assert call.item is not None
    body = call.body or {}
    key = whose(call.item, body)
    if key not in stock.items:
        raise Refused(404, "not_found")
    fork = stock.fork()
    item = fork.draft(key)
    check_version(item, body.get("version"), call.if_match)
    changes = []
    if "inventoryLevel" in body:
        post = Posting(fork, item, body, step=call.step, owners=OWNERS)
        changes = corrected(post, body["inventoryLevel"])
    item.book("adjustment", changes, call.step)
    item.threshold = body.get("reorderThreshold", item.threshold)
    merged = {**item.attributes, **body.get("attributes", {})}
    item.attributes = {name: value for name, value in merged.items() if value is not None}
    if reply.status != 200:
        raise Unexplained("200", item, reply.content)
    _same(view(item), seen(reply.json))
    _same_tag(item, reply)
    return fork


def batch(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a list: each line sees those before it; `atomic` is all or nothing."""
    body = call.body or {}
    results = reply.json["results"] if reply.status == 200 else [{}] * len(body["items"])
    now, expected, refusals = stock, [], []
    for index, (line, result) in enumerate(zip(body["items"], results, strict=True)):
        named = Key(line["supplierId"], line["productId"], line.get("retailPartnerId"))
        try:
            now, item, booked = move(now, call, line, named, result.get("reservationId") or f"of line {index}")
            expected.append(posted(item, booked, line.get("reservationId")))
        except Refused as refusal:
            refusals.append((index, refusal))
            expected.append(refusal)
    if refusals and body["mode"] == "atomic":
        if reply.status == 200:
            raise Unexplained("refused as a whole", refusals, reply.content)
        pointers = {int(error["pointer"].split("/")[2]) for error in reply.json.get("errors", ())}
        _same({index for index, _ in refusals}, pointers)
        raise refusals[0][1]
    if reply.status != 200:
        raise Unexplained("200", expected, reply.content)
    for wanted, result in zip(expected, results, strict=True):
        if isinstance(wanted, Refused):
            _same("refused", result["status"])
            _same_problem(wanted, result["problem"])
        else:
            _same("posted", result["status"])
            _same(wanted, seen_movement(result))
    _same({"posted": len(results) - len(refusals), "refused": len(refusals)}, reply.json["summary"])
    return now


def read(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of an item."""
    item = stock.items.get(call.item) if call.item else None
    if item is None:
        raise Refused(404, "not_found")
    if reply.status != 200:
        raise Unexplained("200", item, reply.content)
    _same(view(item), seen(reply.json))
    _same_tag(item, reply)
    return stock


Handler: TypeAlias = Callable[[Stock, Call, Reply], Stock]
HANDLERS: dict[str, Handler] = {"movement": movement, "patch": patch, "batch": batch, "read": read}


def _same(wanted: Any, got: Any) -> None:
    if wanted != got:
        raise Unexplained(wanted, got)


def _same_tag(item: Item, reply: Reply) -> None:
    _same(str(item.version), reply.headers["etag"].strip('"').partition(".")[0])


def view(item: Item) -> Any:
    """Return an item as the tenant's staff sees it."""
    status = "outOfStock" if item.available <= 0 else "inStock"
    if status == "inStock" and item.threshold is not None and item.available <= item.threshold:
        status = "lowStock"
    levels = sorted(
        (
            (place.warehouse, place.batch or "", item.expiry(place)),
            (level.on_hand, level.reserved, level.on_hold, 0 if item.expired(place) else level.free),
        )
        for place, level in item.levels.items()
    )
    return (*item.key, item.version, *item.totals, item.available, status, item.threshold, item.attributes, levels)


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
    settings = ("stockStatus", "reorderThreshold", "attributes")
    return (*(body[name] for name in names), *_balances(body), *(body[name] for name in settings), levels)


def _balances(body: dict[str, Any]) -> tuple[int, ...]:
    return tuple(body[name] for name in BALANCES)


def posted(item: Item, booked: Iterable[Booked], reservation: str | None) -> Any:
    """Return what a movement left behind; a reservation that it made has a name that only the API knows."""
    lines = sorted(
        (b.kind, b.version, b.change.place.warehouse, b.change.place.batch or "", *b.change[1:]) for b in booked
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
