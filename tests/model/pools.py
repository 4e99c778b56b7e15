"""What the model answers to calls about pools: shared out, changed, ended, looked at.

A pool books nothing. What it keeps from others is said where something is taken (`movements.py`).
"""

from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Reply, answers, check_version, same, succeeded
from tests.model.items import demand_settled
from tests.model.papers import Pool
from tests.model.stock import CHANNELS, Item, Key, Refused, Stock


@answers("share out")
def share_out(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a pool: no more is guaranteed than there is and is not guaranteed yet."""
    body = call.body or {}
    pool = _pool(body)
    if (pool.partner is None) == (pool.channel is None):
        raise Refused(400, "validation_error")
    key = Key(body["supplierId"], body["productId"])
    if pool.partner not in (None, *CHANNELS) or key not in stock.items:
        raise Refused(404, "not_found")
    demand_settled(stock, key, {})
    fork = stock.fork()
    item = fork.draft(key)
    whose = (pool.partner, pool.channel)
    if any((other.partner, other.channel) == whose for other in item.pools.values() if not other.ended):
        raise Refused(409, "already_exists")
    _put(item, "of this call", pool)
    succeeded(reply, 201, version=1)
    name = reply.json["allocationId"]
    item.pools[name] = item.pools.pop("of this call")
    item.book("allocation", [], call.step)
    return _shown(fork, key, name, reply)


@answers("change pool")
def change(stock: Stock, call: Call, reply: Reply) -> Stock:
    """PATCH of a pool: how much, until when others may have of it, when it ends."""
    body = call.body or {}
    key, name, known = _known(stock, call)
    check_version(known.version, body.get("version"), call.if_match)
    demand_settled(stock, key, {})
    fork = stock.fork()
    item = fork.draft(key)
    new = _pool({**_members(known), **body})
    until = {name: name in body for name in ("borrowableUntil", "endsAt")}
    lends = new.lends if until["borrowableUntil"] else known.lends
    ended = new.ended if until["endsAt"] else known.ended
    pool = replace(new, sold=known.sold, version=known.version + 1, lends=lends, ended=ended)
    _put(item, name, pool)
    item.book("allocation", [], call.step)
    succeeded(reply, 200, version=pool.version)
    return _shown(fork, key, name, reply)


@answers("end pool")
def end(stock: Stock, call: Call, reply: Reply) -> Stock:
    """DELETE of a pool: what was kept is everybody's again."""
    key, name, known = _known(stock, call)
    check_version(known.version, None, call.if_match)
    demand_settled(stock, key, {})
    fork = stock.fork()
    item = fork.draft(key)
    del item.pools[name]
    item.book("allocation", [], call.step)
    succeeded(reply, 204)
    return fork


@answers("look at pool")
def look(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of a pool."""
    key, name, known = _known(stock, call)
    succeeded(reply, 200, version=known.version)
    return _shown(stock, key, name, reply)


def _known(stock: Stock, call: Call) -> tuple[Key, str, Pool]:
    name = call.path.split("/")[3]
    for key, item in stock.items.items():
        if name in item.pools:
            return key, name, item.pools[name]
    raise Refused(404, "not_found")


def _pool(body: dict[str, Any]) -> Pool:
    borrowable, ends = body.get("borrowableUntil"), body.get("endsAt")
    whose = (body.get("retailPartnerId"), body.get("channel"))
    return Pool(*whose, body["quantity"], borrowable, ends, lends=borrowable is not None)


def _members(pool: Pool) -> dict[str, Any]:
    moments = {"borrowableUntil": pool.borrowable_until, "endsAt": pool.ends_at}
    return {"retailPartnerId": pool.partner, "channel": pool.channel, "quantity": pool.quantity, **moments}


def _put(item: Item, name: str, pool: Pool) -> None:
    """Put a pool in its place; those that have ended make room. Raises Refused where there is not as much."""
    item.pools[name] = pool
    mine = item.open_of(name)
    others = sum(item.open_of(other) for other, known in item.pools.items() if other != name and not known.ended)
    left = max(0, item.available - others)
    if mine > left:
        raise Refused(409, "insufficient_stock", available=left, requested=mine)
    item.pools = {other: known for other, known in item.pools.items() if other == name or not known.ended}


def _shown(stock: Stock, key: Key, name: str, reply: Reply) -> Stock:
    item, body = stock.items[key], reply.json
    pool = item.pools[name]
    status = "ended" if pool.ended else "active"
    wanted = (name, key.supplier, key.product, pool.partner, pool.channel, pool.quantity, pool.sold)
    used = (
        item.held_of(name),
        0 if pool.ended else item.open_of(name),
        pool.borrowable_until,
        pool.ends_at,
        status,
        pool.version,
    )
    names = ("allocationId", "supplierId", "productId", "retailPartnerId", "channel", "quantity", "soldQuantity")
    uses = ("heldQuantity", "openQuantity", "borrowableUntil", "endsAt", "status", "version")
    same((*wanted, *used), tuple(body[each] for each in (*names, *uses)))
    return stock
