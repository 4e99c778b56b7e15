"""The ten movements, one function each: what the model does, under what the API is sent (contract, section 2).

A function gets a posting and returns what changes on its item; it raises Refused for what the contract refuses. The
decorator says the members of the body. Adding a kind is adding a function.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.model.papers import Policy, Review
from tests.model.stock import Change, Item, Key, Lease, Level, Place, Refused, Stock
from tests.model.wishes import BATCHES, EXPIRIES, QUANTITIES, Later, Mark, Nth, Site

Changes: TypeAlias = list[Change]
Members: TypeAlias = dict[str, SearchStrategy[Any]]


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement on its way into the model's books."""

    stock: Stock
    item: Item
    line: dict[str, Any]
    step: int
    owners: dict[str, str | None]  # of every warehouse, the retail partner who owns it, or None for the house
    name: str | None = None  # what the API called the reservation that the line made
    gave_way: list[str] = field(default_factory=list)  # the reservations that were displaced
    doubted: list[Review] = field(default_factory=list)  # the value that was not believed
    moments: Mapping[str, float] = field(default_factory=dict)  # the moments that lines may name, by their order

    @property
    def quantity(self) -> int:
        """The quantity."""
        return int(self.line["quantity"])

    @property
    def now(self) -> float:
        """When it is told: between the moment before its step and the one after."""
        return self.step - 0.5

    @property
    def occurred(self) -> float:
        """When it happened, if it says so, else now; a count happens when somebody counts."""
        named = self.line.get("countedAt") or self.line.get("occurredAt") or ""
        return self.moments.get(named, self.now)

    @property
    def taker(self) -> str | None:
        """The retail partner for whom it is taken, of whose pool."""
        if "toWarehouseLocation" in self.line:
            return self.owners[self.line["toWarehouseLocation"]]
        taker: str | None = self.line.get("forRetailPartnerId")
        return taker

    def place(self) -> Place:
        """Return the place that the line names."""
        return Place(self.line["warehouseLocation"], self.line.get("batchNumber"))


@dataclass(frozen=True, slots=True)
class Verb:
    """A kind of movement: what it may be sent with, and what the model does."""

    members: SearchStrategy[dict[str, Any]]
    answer: Callable[[Posting], Changes]
    creates: bool


MOVEMENTS: dict[str, Verb] = {}

PLACE: Members = {"warehouseLocation": st.builds(Site, st.integers(0, 4))}
# Mostly left open, so that most calls find something.
OPEN_PLACE: Members = {"warehouseLocation": st.one_of(st.none(), st.none(), st.builds(Site, st.integers(0, 4)))}
BATCH: Members = {"batchNumber": st.sampled_from([*[None] * 6, *BATCHES])}
QUANTITY: Members = {"quantity": QUANTITIES}
LEASE: Members = {"reservationId": st.builds(Nth, st.integers(0, 7))}
ANY: Members = {
    "occurredAt": st.builds(Mark, st.integers(0, 3)),
    "unitOfMeasure": st.sampled_from([*["EA"] * 8, "CS", "HF"]),
}
# For whom it is: the last is nobody.
TAKER: Members = {"forRetailPartnerId": st.sampled_from([*[None] * 6, "R1", "R1", "R2", "R9"])}
SOURCES = ("wms", "shop", "till")
REASON: Members = {"reason": st.just("found so")}


def movement(
    *shapes: tuple[Members, Members], creates: bool = False
) -> Callable[[Callable[[Posting], Changes]], Callable[[Posting], Changes]]:
    """Enter a function as a kind of movement under its own name; a shape is what it needs and what it may carry."""

    def enter(function: Callable[[Posting], Changes]) -> Callable[[Posting], Changes]:
        kind = function.__name__.removesuffix("_")
        members = st.one_of([st.fixed_dictionaries(needs, optional=may | ANY) for needs, may in shapes])
        MOVEMENTS[kind] = Verb(members, function, creates)
        return function

    return enter


@movement((QUANTITY | PLACE, BATCH | {"expirationDate": st.sampled_from(EXPIRIES)}), creates=True)
def receipt(post: Posting) -> Changes:
    state_expiry(post.item, post.line.get("batchNumber"), post.line.get("expirationDate"))
    return [Change(post.place(), on_hand=post.quantity)]


@movement((QUANTITY, OPEN_PLACE | BATCH | TAKER))
def sale(post: Posting) -> Changes:
    taken = first_expired_first_out(post)
    post.item.sell(post.item.pool_of(post.taker), post.quantity)
    return [Change(place, on_hand=-quantity) for place, quantity in taken]


@movement(
    (
        QUANTITY,
        PLACE | BATCH | TAKER | {"expiresAt": st.builds(Later, st.integers(1, 3))},
    )
)
def reservation(post: Posting) -> Changes:
    held = dict(first_expired_first_out(post, up_to=post.line.get("upTo", False)))
    drawn_on = post.item.pool_of(post.taker)
    lease = post.item.leases.setdefault(post.name or "", Lease("held", {}, pool=drawn_on))
    lease.requested += post.quantity
    for place, taken in held.items():
        lease.held[place] = lease.held.get(place, 0) + taken
    return [Change(place, reserved=taken) for place, taken in held.items()]


@movement((LEASE, QUANTITY))
def release(post: Posting) -> Changes:
    lease = known_lease(post)
    if lease.state in ("released", "expired", "displaced"):
        return []  # twice is harmless
    return [
        Change(place, reserved=-taken)
        for place, taken in out_of_lease(post, lease, post.line.get("quantity", lease.remaining), ends_as="released")
    ]


@movement((QUANTITY, OPEN_PLACE | BATCH | TAKER), (QUANTITY | LEASE, {}))
def shipment(post: Posting) -> Changes:
    if "reservationId" not in post.line:
        return sale(post)
    lease = known_lease(post)
    taken = out_of_lease(post, lease, post.quantity, ends_as="committed")
    post.item.sell(lease.pool, post.quantity)
    if any(post.item.expired(place) for place, _ in taken):
        raise Refused(409, "batch_expired")
    return [Change(place, on_hand=-quantity, reserved=-quantity) for place, quantity in taken]


@movement((QUANTITY | PLACE, BATCH | {"disposition": st.sampled_from(["restock", "quarantine"])}), creates=True)
def return_(post: Posting) -> Changes:
    state_expiry(post.item, post.line.get("batchNumber"), None)
    held = post.quantity if post.line.get("disposition") == "quarantine" else 0
    return [Change(post.place(), on_hand=post.quantity, on_hold=held)]


@movement((QUANTITY | REASON, OPEN_PLACE | BATCH | {"disposition": st.sampled_from(["hold", "scrap"])}))
def damage(post: Posting) -> Changes:
    """What nobody holds goes first, then, to be scrapped, what is on hold, and what reservations hold gives way."""
    scrap = post.line.get("disposition") == "scrap"
    places = post.item.open_levels(post.line.get("warehouseLocation"), post.line.get("batchNumber"))
    levels = {place: post.item.levels[place] for place in places}
    turns = [
        {place: level.free for place, level in levels.items()},
        {place: level.on_hold if scrap else 0 for place, level in levels.items()},
        {place: level.reserved for place, level in levels.items()},
    ]
    there, left = sum(sum(turn.values()) for turn in turns), post.quantity
    if there < left:
        raise Refused(409, "insufficient_stock", available=there, requested=left)
    changes = []
    for number, turn in enumerate(turns):
        for place, quantity in filled(turn, left):
            left -= quantity
            if number == 2:
                changes += displace(post, place, quantity)
            on_hold = -quantity if number == 1 else 0
            changes.append(
                Change(place, on_hand=-quantity, on_hold=on_hold) if scrap else Change(place, on_hold=quantity)
            )
    return changes


@movement((REASON | {"quantity": st.integers(-6, 6).filter(bool)}, PLACE | BATCH), creates=True)
def adjustment(post: Posting) -> Changes:
    place = the_only_level(post, may_create=post.quantity > 0)
    return [not_below_what_is_kept(post.item, Change(place, on_hand=post.quantity))]


@movement((QUANTITY | PLACE | {"toWarehouseLocation": st.builds(Site, st.integers(0, 4))}, BATCH))
def transfer(post: Posting) -> Changes:
    there = post.line["toWarehouseLocation"]
    target = Key(post.item.key.supplier, post.item.key.product, post.owners[there])
    taken = first_expired_first_out(post, promised=target != post.item.key)
    if target == post.item.key:
        return [
            change
            for place, q in taken
            for change in (Change(place, on_hand=-q), Change(Place(there, place.batch), on_hand=q))
        ]
    item = post.stock.draft(target)
    for place, _ in taken:
        if place.batch:  # a batch keeps its expiry on its way, unless it is known there
            item.expiries.setdefault(place.batch, post.item.expiries.get(place.batch))
    post.item.sell(post.item.pool_of(post.taker), post.quantity)
    item.book("transfer", [Change(Place(there, place.batch), on_hand=q) for place, q in taken], post.occurred)
    return [Change(place, on_hand=-q) for place, q in taken]


@movement(
    (
        {"quantity": st.integers(0, 12)} | PLACE,
        BATCH | {"countedAt": st.builds(Mark, st.integers(0, 3)), "source": st.sampled_from([None, *SOURCES])},
    ),
    creates=True,
)
def count(post: Posting) -> Changes:
    """What has moved since it was counted was not there to be counted; what is not there cannot be promised."""
    return counted(post, the_only_level(post, may_create=True))


def counted(post: Posting, place: Place, *, prevails: bool = False) -> Changes:
    """Set what lies at a place to what somebody counted there."""
    source, new = post.line.get("source"), place not in post.item.levels
    level = post.item.levels.setdefault(place, Level())
    if level.set_at is not None and level.set_at > post.occurred and not (source or prevails):
        return [Change(place)]  # somebody counted later: what lay there before says nothing any more
    lies = post.quantity + post.item.moved_since(place, post.occurred)
    if lies < 0:
        raise Refused(409, "insufficient_stock", available=level.free, requested=level.on_hand - lies)
    difference = lies - level.on_hand
    doubt = why_not(post.stock.policy, level, source, post.occurred, differs=difference != 0) if source else None
    if doubt and difference and not new:
        post.doubted.append(
            Review(
                post.item.key,
                place.warehouse,
                place.batch,
                str(source),
                stated=post.quantity,
                on_hand=level.on_hand,
                difference=difference,
                reason=doubt,
                stated_at=post.line.get("countedAt") or post.line.get("occurredAt"),
                moment=post.occurred,
            )
        )
        return []
    if new or not doubt:  # what agrees with the books contradicts nobody, and is no word that counts
        level.set_at, level.set_by = post.occurred, source
    short = level.reserved + level.on_hold - lies
    gives_way = max(0, min(level.reserved, short))
    change = Change(place, on_hand=lies - level.on_hand, on_hold=-max(0, short - gives_way))
    return [*displace(post, place, gives_way), change]


def why_not(policy: Policy, level: Level, source: str, moment: float, *, differs: bool) -> str | None:
    """Return why a feed is not believed about a place that is known, or None where it is."""
    if policy.policy == "manualReview" and differs:
        return "review"
    if policy.policy == "sourcePriority" and level.set_by is not None:
        mine, theirs = policy.rank(source), policy.rank(level.set_by)
        if mine != theirs:
            return "priority" if mine > theirs else None
    return "older" if level.set_at is not None and level.set_at > moment else None


def displace(post: Posting, place: Place, quantity: int) -> Changes:
    """Let the newest reservations of a place give way."""
    changes = []
    for name, lease in reversed(post.item.leases.items()):
        taken = min(quantity, lease.held.get(place, 0))
        if taken:
            quantity -= taken
            lease.give_up([(place, taken)], "displaced")
            changes.append(Change(place, reserved=-taken, displaced=True, reservation=name))
            post.gave_way.append(name)
    return changes


def corrected(post: Posting, quantity: int) -> Changes:
    """Return the correction of the only level to an absolute quantity; one that changes nothing is not booked."""
    place = the_only_level(post, may_create=True)
    level = post.item.levels.setdefault(place, Level())
    change = Change(place, on_hand=quantity - level.on_hand)
    if not change.on_hand:
        return []
    level.set_at, level.set_by = post.now, None
    return [not_below_what_is_kept(post.item, change)]


def state_expiry(item: Item, batch: str | None, stated: str | None) -> None:
    """The first that states a batch's expiry fixes it."""
    if batch is None:
        return
    known = item.expiries.setdefault(batch, stated)
    if known is None and stated is not None:
        item.expiries[batch] = stated
    elif stated not in (None, known):
        raise Refused(409, "invalid_state")


def first_expired_first_out(post: Posting, *, up_to: bool = False, promised: bool = True) -> list[tuple[Place, int]]:
    """Take what the line asks for, or as much as there is, from the levels that it leaves open.

    Of what is promised to somebody, no more than the pools of others leave.
    """
    item, line, taker = post.item, post.line, post.taker if promised else None
    free = {
        place: item.levels[place].free
        for place in item.open_levels(line.get("warehouseLocation"), line.get("batchNumber"))
        if item.offered_to(place, taker)
    }
    there = sum(free.values())
    if promised and item.pools:
        there = min(there, max(0, item.available - item.kept_from(taker)))
    if there < (1 if up_to else post.quantity):
        raise Refused(409, "insufficient_stock", available=there, requested=post.quantity)
    return list(filled(free, min(there, post.quantity)))


def filled(free: dict[Place, int], quantity: int) -> Iterator[tuple[Place, int]]:
    """Yield how much of each place is taken until the quantity is reached."""
    for place, there in free.items():
        taken = min(there, quantity)
        quantity -= taken
        if taken:
            yield place, taken


def known_lease(post: Posting) -> Lease:
    """Return the reservation that the line names."""
    name = post.line["reservationId"]
    lease = post.item.leases.get(name)
    if lease is None or ("itsOwn" in post.line and post.stock.reservations[name].taker != post.taker):
        raise Refused(404, "not_found")
    return lease


def out_of_lease(post: Posting, lease: Lease, quantity: int, *, ends_as: str) -> list[tuple[Place, int]]:
    """Take a quantity out of what a reservation holds: to ship it what expires first, to release it what it held first."""
    if lease.state != "held" or quantity > lease.remaining:
        raise Refused(409, "insufficient_stock", available=lease.remaining, requested=quantity)
    held = lease.held
    if ends_as == "committed":
        held = dict(sorted(held.items(), key=lambda each: post.item.expiry(each[0])))
    taken = list(filled(held, quantity))
    lease.give_up(taken, ends_as)
    return taken


def the_only_level(post: Posting, *, may_create: bool) -> Place:
    """Return the level that a correction is about; it must be the only one that the line leaves open."""
    warehouse, batch = post.line.get("warehouseLocation"), post.line.get("batchNumber")
    found = post.item.open_levels(warehouse, batch)
    if len(found) > 1:
        raise Refused(400, "ambiguous_level")
    if found:
        return found[0]
    if warehouse is None or not may_create:
        raise Refused(409, "insufficient_stock", available=0)
    if batch is not None:
        post.item.expiries.setdefault(batch, None)
    return Place(warehouse, batch)


def not_below_what_is_kept(item: Item, change: Change) -> Change:
    """Refuse a correction that would leave less than what is reserved and on hold."""
    level = item.levels.get(change.place)
    if level is not None and level.free + change.on_hand < 0:
        raise Refused(409, "insufficient_stock", available=level.free, requested=-change.on_hand)
    return change
