"""What the model answers to calls about feeds: which is believed, and what is decided about what was not."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from tests.model.calls import Call, Reply, answers, check_version, same, succeeded
from tests.model.items import OWNERS, demand_settled
from tests.model.movements import Posting, counted
from tests.model.papers import Policy, Review
from tests.model.stock import Place, Refused, Stock

_MAY_BE = {"approve": ("open", "overruled"), "reject": ("open",)}


@answers("believe")
def believe(stock: Stock, call: Call, reply: Reply) -> Stock:
    """PUT of the policy; what was booked or is open stays."""
    body, known = call.body or {}, stock.policy
    if (body["policy"] == "sourcePriority") != bool(body.get("priorities")):
        raise Refused(400, "validation_error")
    check_version(known.version, body.get("version"), call.if_match)
    policy = Policy(body["policy"], tuple(body.get("priorities", ())), known.version + 1)
    succeeded(reply, 200, version=policy.version)
    shown = reply.json
    same(
        (policy.policy, list(policy.priorities), policy.version),
        tuple(shown[n] for n in ("policy", "priorities", "version")),
    )
    return replace(stock, policy=policy)


@answers("approve review")
def approve(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/approve: it is booked as of when it was stated, whatever was believed since."""
    name, known = _begun(stock, call, "approve")
    demand_settled(stock, known.about, {})
    fork = stock.fork()
    item = fork.draft(known.about)
    line = {"quantity": known.stated + known.moved, "countedAt": "then"}
    post = Posting(fork, item, line, step=call.step, owners=OWNERS, moments={"then": known.moment})
    item.book("count", counted(post, Place(known.warehouse, known.batch), prevails=True), post.occurred)
    now = fork.touch(*((lease, "displaced") for lease in post.gave_way))
    return _decided(now, name, replace(known, status="approved"), reply)


def readings(stock: Stock, call: Call) -> Iterator[Stock]:
    """Yield the stock, and how else it may be read before an approval.

    What was stated without a time, and what was booked at the same moment of the run, have times of the clock, which
    the model has not: each booking may have happened before or after it.
    """
    yield stock
    known = stock.reviews.get(call.path.split("/")[3]) if call.kind == "approve review" else None
    if known is None or known.stated_at is not None:
        return
    place = Place(known.warehouse, known.batch)
    beside = [
        booked.change.on_hand
        for booked in stock.items[known.about].ledger
        if booked.step == known.moment and booked.change.place == place and booked.kind != "count"
    ]
    sums = {sum(some) for number in range(1, len(beside) + 1) for some in combinations(beside, number)}
    for moved in sorted(sums - {0}):
        yield stock.with_review(call.path.split("/")[3], replace(known, moved=moved))


@answers("reject review")
def reject(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/reject: the books stay as they are."""
    name, known = _begun(stock, call, "reject")
    return _decided(stock, name, replace(known, status="rejected"), reply)


@answers("look at review")
def look(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of a value that was not booked."""
    name = call.path.split("/")[3]
    if name not in stock.reviews:
        raise Refused(404, "not_found")
    succeeded(reply, 200, version=stock.reviews[name].version)
    return _shown(stock, name, reply)


def _begun(stock: Stock, call: Call, step: str) -> tuple[str, Review]:
    name = call.path.split("/")[3]
    known = stock.reviews.get(name)
    if known is None:
        raise Refused(404, "not_found")
    check_version(known.version, None, call.if_match)
    if known.status not in _MAY_BE[step]:
        raise Refused(409, "invalid_state", currentStatus=known.status)
    return name, known


def _decided(now: Stock, name: str, review: Review, reply: Reply) -> Stock:
    after = now.with_review(name, replace(review, version=review.version + 1))
    succeeded(reply, 200, version=review.version + 1)
    return _shown(after, name, reply)


def _shown(stock: Stock, name: str, reply: Reply) -> Stock:
    review, body = stock.reviews[name], reply.json
    wanted = (name, *review.about, review.warehouse, review.batch, review.source, review.stated, review.on_hand)
    names = ("reviewId", "supplierId", "productId", "retailPartnerId", "warehouseLocation", "batchNumber", "source")
    same(wanted, tuple(body[each] for each in (*names, "statedQuantity", "inventoryLevel")))
    same(
        (review.difference, review.reason, review.status, review.version),
        tuple(body[each] for each in ("difference", "reason", "status", "version")),
    )
    same(review.status == "approved", body["transactionId"] is not None)
    same(review.stated_at or body["statedAt"], body["statedAt"])
    return stock
