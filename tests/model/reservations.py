"""What the model answers to calls about reservations: made, extended, committed, given back, looked at."""

from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Reply, answers, check_version, same, succeeded
from tests.model.items import move, named, whole_refused
from tests.model.stock import Item, Key, Lease, Refused, Reservation, Stock

# What is said of a reservation of which nothing is held, by what became of its parts.
_ENDINGS = ("committed", "displaced", "expired", "released")


@answers("reserve")
def reserve(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a reservation over several items: all of it, or as much as there is."""
    body = call.body or {}
    shown = reply.json if reply.status == 201 else {}
    name = str(shown.get("reservationId") or "refused")
    now, refusals, unfilled = stock, [], []
    common = {"type": "reservation", "expiresAt": body.get("expiresAt"), "upTo": body["mode"] == "partial"}
    common["forRetailPartnerId"] = body.get("forRetailPartnerId")
    for index, line in enumerate(body["items"]):
        try:
            now = move(now, call, {**line, **common}, named(line), name).stock
        except Refused as refusal:
            refusals.append((index, refusal))
            unfilled.append((*named(line), line["quantity"], refusal.facts.get("available")))
    short = [refusal for _, refusal in refusals if refusal.code == "insufficient_stock"]
    partly = body["mode"] == "partial" and len(short) == len(refusals) < len(body["items"])
    if refusals and not partly:
        raise whole_refused(refusals, reply, 201)
    after = now.published()
    succeeded(reply, 201, version=1)
    same(reservation_view(after, name), seen_reservation(shown))
    facts = ("supplierId", "productId", "retailPartnerId", "requestedQuantity", "availableQuantity")
    same(unfilled, [tuple(line[fact] for fact in facts) for line in shown["unfilled"]])
    return now


@answers("extend")
def extend(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/extend: a lease that is still held ends later."""
    name, known = _known(stock, call)
    body = call.body or {}
    check_version(known.version, body.get("version"), call.if_match)
    if _status(stock, known, name) != "held":
        raise _ended(stock, known, name)
    if known.expires_at is None or known.expires_at >= body["expiresAt"]:
        raise Refused(409, "invalid_state")
    fork = stock.fork()
    fork.reservations[name] = replace(known, expires_at=body["expiresAt"])
    return _shown(fork.touch((name, "extended")), name, reply)


@answers("commit")
def commit(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/commit: what is held, or part of it, is shipped."""
    body = call.body or {}
    lines = body.get("items")
    about = [named(line) for line in lines or ()]
    if len(set(about)) < len(about):
        raise Refused(400, "validation_error")
    name, known = _known(stock, call)
    if set(about) - set(known.items):
        raise Refused(404, "not_found")
    check_version(known.version, body.get("version"), call.if_match)
    if _status(stock, known, name) != "held":
        raise _ended(stock, known, name)
    if lines is None:
        lines = [{} for _ in known.items]
        about = [key for key in known.items if _lease(stock, key, name).state == "held"]
    now = stock
    for key, line in zip(about, lines, strict=False):
        lease = _lease(now, key, name)
        if lease.state != "held":
            raise Refused(409, "invalid_state", reservationStatus=lease.state)
        quantity = line.get("quantity", lease.remaining)
        now = move(now, _bare(call), _line("shipment", key, name, quantity=quantity), key, None).stock
    return _shown(now, name, reply)


@answers("give back")
def give_back(stock: Stock, call: Call, reply: Reply) -> Stock:
    """DELETE of a reservation: what it holds is given back; twice is harmless, whatever the version."""
    name, known = _known(stock, call)
    now = stock
    for key in known.items:
        if _lease(stock, key, name).state == "held":
            now = move(now, _bare(call), _line("release", key, name), key, None).stock
    if now is not stock:
        check_version(known.version, None, call.if_match)
    succeeded(reply, 204)
    return now


@answers("look")
def look(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of a reservation."""
    name, known = _known(stock, call)
    succeeded(reply, 200, version=known.version)
    same(reservation_view(stock, name), seen_reservation(reply.json))
    return stock


def _known(stock: Stock, call: Call) -> tuple[str, Reservation]:
    known = stock.reservations.get(call.reservation or "")
    if known is None:
        raise Refused(404, "not_found")
    return str(call.reservation), known


def _lease(stock: Stock, key: Key, name: str) -> Lease:
    return stock.items[key].leases[name]


def _bare(call: Call) -> Call:
    """Return a call whose precondition is about the reservation and no item."""
    return replace(call, if_match=None)


def _line(kind: str, key: Key, name: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, "supplierId": key.supplier, "productId": key.product, "reservationId": name, **members}


def _ended(stock: Stock, known: Reservation, name: str) -> Refused:
    return Refused(409, "invalid_state", reservationStatus=_status(stock, known, name))


def _state(item: Item, name: str) -> str:
    lease = item.leases[name]
    return "expired" if lease.state == "held" and lease.lapsed else lease.state


def _status(stock: Stock, known: Reservation, name: str) -> str:
    states = {_state(stock.items[key], name) for key in known.items}
    return "held" if "held" in states else next(ending for ending in _ENDINGS if ending in states)


def _shown(now: Stock, name: str, reply: Reply) -> Stock:
    after = now.published()
    succeeded(reply, 200, version=after.reservations[name].version)
    same(reservation_view(after, name), seen_reservation(reply.json))
    return now


def reservation_view(stock: Stock, name: str) -> Any:
    """Return a reservation as the tenant's staff sees it."""
    known = stock.reservations[name]
    parts = []
    for key in known.items:
        lease, state = _lease(stock, key, name), _state(stock.items[key], name)
        held = lease.remaining if state == "held" else 0
        parts.append((*key, state, lease.requested, lease.quantity, held, lease.committed, lease.displaced))
    return name, _status(stock, known, name), known.expires_at, known.version, sorted(parts, key=str)


def seen_reservation(body: dict[str, Any]) -> Any:
    """Return what the API shows of a reservation, in the words of `reservation_view`."""
    names = ("supplierId", "productId", "retailPartnerId", "status", "requestedQuantity", "quantity", "heldQuantity")
    more = ("committedQuantity", "displacedQuantity")
    parts = [tuple(item[name] for name in (*names, *more)) for item in body["items"]]
    return body["reservationId"], body["status"], body["expiresAt"], body["version"], sorted(parts, key=str)
