"""What the model answers to calls about transfers: planned, shipped, received, turned back.

What leaves is under way and expected where it leads, until it arrives, is written off or goes back: every piece once.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Reply, answers, check_version, same, succeeded
from tests.model.items import OWNERS, demand_settled, in_base_units
from tests.model.movements import Posting, first_expired_first_out
from tests.model.papers import Load, Parcel, Transfer
from tests.model.stock import NEVER, Change, Item, Key, Place, Refused, Stock

_MAY_FOLLOW = {"planned": ("ship", "cancel"), "inTransit": ("receive", "cancel"), "received": (), "cancelled": ()}
_BECAME = ("shipped", "received", "damaged", "short", "over", "returned")


@answers("plan")
def plan(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST of a transfer: nothing moves yet, and nothing is held for it."""
    body = call.body or {}
    source, target = body["fromWarehouseLocation"], body["toWarehouseLocation"]
    lines = body["items"]
    named = [(line["supplierId"], line["productId"], line.get("batchNumber")) for line in lines]
    if source == target or len(set(named)) < len(named):
        raise Refused(400, "validation_error")
    if not {source, target} <= set(OWNERS):
        raise Refused(404, "not_found")
    if any(line.get("retailPartnerId") not in (None, OWNERS[source]) for line in lines):
        raise Refused(404, "not_found")
    planned = [in_base_units(line, line["productId"])["quantity"] for line in lines]
    if body.get("transferId") in stock.transfers:
        raise Refused(409, "already_exists")
    loads = tuple(Load(*name, quantity) for name, quantity in zip(named, planned, strict=True))
    transfer = Transfer(source, target, loads, body.get("expectedAt"), body.get("reference"))
    succeeded(reply, 201, version=1)
    name = reply.json["transferId"]
    same(body.get("transferId", name), name)
    return _shown(stock.with_transfer(name, transfer), name, reply)


@answers("ship")
def ship(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/ship: all that is planned leaves, first expired first, or nothing does; it is expected where it leads."""
    name, known = _begun(stock, call, "ship")
    known = replace(known, expected_at=(call.body or {}).get("expectedAt") or known.expected_at)
    road, now = Road(stock, call, name, known), stock
    road.demand_settled(known.loads)
    sent: dict[int, Load] = {}
    for number, load in sorted(enumerate(known.loads), key=lambda each: each[1].batch is None):
        now, sent[number] = road.leaves(now, load)
    if road.changes_item:
        now = road.expected(now, [(load, load.planned) for load in known.loads])
    loads = tuple(sent[number] for number in range(len(known.loads)))
    return _told(now, name, replace(known, loads=loads, status="inTransit"), "shipped", reply)


@answers("receive")
def receive(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/receive: what came, good and damaged; `complete` writes off what did not."""
    body = call.body or {}
    lines = body.get("items", [])
    if not body.get("complete") and not any(line["received"] + line.get("damaged", 0) for line in lines):
        raise Refused(400, "validation_error")
    name, known = _begun(stock, call, "receive")
    moved = {(load.supplier, load.product) for load in known.loads}
    if any((line["supplierId"], line["productId"]) not in moved for line in lines):
        raise Refused(404, "not_found")
    arrival = Arrival(list(known.loads))
    for line in lines:
        unit = {key: line[key] for key in ("unitOfMeasure",) if key in line}
        product = line["productId"]
        came = [
            in_base_units({"quantity": line[kind], **unit}, product)["quantity"] if line.get(kind) else 0
            for kind in ("received", "damaged")
        ]
        arrival.take((line["supplierId"], product), line.get("batchNumber"), *came)
    road, now = Road(stock, call, name, known), stock
    touched = [known.loads[number] for number, _ in arrival.came]
    if body.get("complete"):
        touched += [load for load, _ in _under_way(arrival.loads)]
    road.demand_settled(touched)
    for (number, batch), (expected, over, damaged) in arrival.came.items():
        load, parcel = arrival.found(number, batch)
        broken = min(damaged, expected)  # goes on hold in the step in which it comes
        if expected:
            now = road.arrives(now, load, parcel, [("transfer", expected, 0), *_broken(broken)], expected)
        if over:
            now = road.arrives(now, load, parcel, [("adjustment", over, 0), *_broken(damaged - broken)])
    if body.get("complete"):
        for load, parcel in _under_way(arrival.loads):
            short = parcel.under_way
            now = road.arrives(now, load, parcel, [("transfer", short, 0), ("adjustment", -short, 0)], short)
        arrival.loads = [_ended(load, "short") for load in arrival.loads]
    after = replace(known, loads=tuple(_in_order(load) for load in arrival.loads))
    return _told(now, name, replace(after, status="inTransit" if after.under_way else "received"), "received", reply)


@answers("turn back")
def turn_back(stock: Stock, call: Call, reply: Reply) -> Stock:
    """POST …/cancel: what is under way goes back to where it came from; what has arrived stays."""
    name, known = _begun(stock, call, "cancel")
    road, now = Road(stock, call, name, known), stock
    left = list(_under_way(known.loads))
    road.demand_settled([load for load, _ in left])
    for load, parcel in left:
        now = road.goes_back(now, load, parcel)
    if road.changes_item:
        now = road.expected(now, [(load, -parcel.under_way) for load, parcel in left])
    loads = tuple(_ended(load, "returned") for load in known.loads)
    return _told(now, name, replace(known, loads=loads, status="cancelled"), "cancelled", reply)


@answers("look at transfer")
def look(stock: Stock, call: Call, reply: Reply) -> Stock:
    """GET of a transfer."""
    name = call.path.split("/")[3]
    if name not in stock.transfers:
        raise Refused(404, "not_found")
    succeeded(reply, 200, version=stock.transfers[name].version)
    return _shown(stock, name, reply)


class Arrival:
    """What came in one call, spread over the parcels under way; what is more than all of them is on the last."""

    def __init__(self, loads: list[Load]) -> None:
        self.loads = loads
        # By line and batch, in the order in which they came: of what was expected, over, and damaged of both.
        self.came: dict[tuple[int, str | None], tuple[int, int, int]] = {}

    def take(self, product: tuple[str, str], batch: str | None, good: int, damaged: int) -> None:
        """Take in what came of a product; without a batch, of those that expire first."""
        of_it = [number for number, load in enumerate(self.loads) if (load.supplier, load.product) == product]
        parcels = [(number, parcel) for number in of_it for parcel in self.loads[number].parcels]
        if batch is not None:
            parcels = [each for each in parcels if each[1].batch == batch]
            if not parcels:  # never sent: all of it is over
                parcels = [(of_it[0], Parcel(batch, None))]
                self._put(*parcels[0])
        names = [(number, parcel.batch) for number, parcel in sorted(parcels, key=lambda each: each[1].expiry or NEVER)]
        for quantity, kind in ((good, "received"), (damaged, "damaged")):
            self._spread(names, quantity, kind)

    def found(self, number: int, batch: str | None) -> tuple[Load, Parcel]:
        """Return a line and its parcel of a batch."""
        load = self.loads[number]
        return load, next(parcel for parcel in load.parcels if parcel.batch == batch)

    def _spread(self, names: list[tuple[int, str | None]], quantity: int, kind: str) -> None:
        for name in names:
            _, parcel = self.found(*name)
            expected = min(quantity, parcel.under_way)
            over = quantity - expected if name == names[-1] else 0
            quantity -= expected + over
            if not expected + over:
                continue
            came = {kind: getattr(parcel, kind) + expected + over, "over": parcel.over + over}
            self._put(name[0], replace(parcel, **came))
            before = self.came.get(name, (0, 0, 0))
            bad = expected + over if kind == "damaged" else 0
            self.came[name] = (before[0] + expected, before[1] + over, before[2] + bad)

    def _put(self, number: int, parcel: Parcel) -> None:
        load = self.loads[number]
        others = {each.batch: each for each in load.parcels}
        self.loads[number] = replace(load, parcels=tuple({**others, parcel.batch: parcel}.values()))


class Road:
    """A transfer on its way through the books, for one call; each line of it is a version of the item that it moves."""

    def __init__(self, stock: Stock, call: Call, name: str, transfer: Transfer) -> None:
        self._stock, self._call, self._transfer = stock, call, transfer
        self._source = f"/v1/transfers/{name}"
        self._ends = OWNERS[transfer.source], OWNERS[transfer.target]
        self.changes_item = self._ends[0] != self._ends[1]
        self._is_delivery = self._ends[0] is None and self._ends[1] is not None  # out of the house, to a retail partner

    def demand_settled(self, loads: Any) -> None:
        """Have what lapsed on the items at both ends taken back first."""
        for load in loads:
            for partner in self._ends:
                demand_settled(self._stock, Key(load.supplier, load.product, partner), {})

    def leaves(self, now: Stock, load: Load) -> tuple[Stock, Load]:
        """Take a line off the source. Raises Refused, naming it, where not all of it is there."""
        key = Key(load.supplier, load.product, self._ends[0])
        batch = {"batchNumber": load.batch} if load.batch else {}
        about = {"supplierId": load.supplier, "productId": load.product, **batch}
        if key not in now.items and key.partner is not None:
            raise Refused(404, "not_found", **about)
        fork = now.fork()
        item = fork.draft(key)
        taker = {"forRetailPartnerId": self._ends[1]} if self._is_delivery else {}
        line = {"quantity": load.planned, "warehouseLocation": self._transfer.source, **batch, **taker}
        post = self._post(fork, item, line)
        try:
            taken = first_expired_first_out(post, promised=self._is_delivery)
        except Refused as refusal:
            raise Refused(refusal.status, refusal.code, **refusal.facts, **about) from refusal
        if self._is_delivery:
            item.sell(item.pool_of(self._ends[1]), load.planned)
        if not self.changes_item:
            item.expect(self._source, load.planned, self._transfer.expected_at)
        item.book("transfer", [Change(place, on_hand=-quantity) for place, quantity in taken], post.occurred)
        parcels = [Parcel(place.batch, item.expiries.get(place.batch or ""), shipped=q) for place, q in taken]
        return fork, replace(load, parcels=tuple(parcels))

    def expected(self, now: Stock, quantities: list[tuple[Load, int]]) -> Stock:
        """Expect more or less of each product where it leads."""
        sums: dict[Key, int] = {}
        for load, quantity in quantities:
            key = Key(load.supplier, load.product, self._ends[1])
            sums[key] = sums.get(key, 0) + quantity
        for key, quantity in sums.items():
            now = now.fork()
            item = now.draft(key)
            item.expect(self._source, quantity, self._transfer.expected_at)
            item.book("expected", [], self._call.step)
        return now

    def arrives(
        self, now: Stock, load: Load, parcel: Parcel, lines: list[tuple[str, int, int]], expected: int = 0
    ) -> Stock:
        """Book what became of a parcel where it leads: the batch keeps its expiry, and its hold, unless it is known."""
        fork = now.fork()
        item = fork.draft(Key(load.supplier, load.product, self._ends[1]))
        sender = now.items[Key(load.supplier, load.product, self._ends[0])]
        if self.changes_item and parcel.batch not in item.expiries and parcel.batch in sender.held:
            item.held |= {parcel.batch}
        if expected:
            item.expect(self._source, -expected, None)
        place = Place(self._transfer.target, parcel.batch)
        self._book(fork, item, parcel, [(each, Change(place, on_hand=q, on_hold=held)) for each, q, held in lines])
        return fork

    def goes_back(self, now: Stock, load: Load, parcel: Parcel) -> Stock:
        """Book what is under way at the source again."""
        fork = now.fork()
        item = fork.draft(Key(load.supplier, load.product, self._ends[0]))
        if not self.changes_item:
            item.expect(self._source, -parcel.under_way, None)
        if self._is_delivery:
            item.sell(item.pool_of(self._ends[1]), -parcel.under_way)
        place = Place(self._transfer.source, parcel.batch)
        self._book(fork, item, parcel, [("transfer", Change(place, on_hand=parcel.under_way))])
        return fork

    def _book(self, fork: Stock, item: Item, parcel: Parcel, lines: list[tuple[str, Change]]) -> None:
        if parcel.batch is not None:
            item.expiries.setdefault(parcel.batch, parcel.expiry)
        item.book_as(lines, self._post(fork, item, {}).occurred)

    def _post(self, fork: Stock, item: Item, line: dict[str, Any]) -> Posting:
        moment = {name: value for name, value in (self._call.body or {}).items() if name == "occurredAt"}
        return Posting(fork, item, {**line, **moment}, step=self._call.step, owners=OWNERS, moments=self._call.moments)


def _begun(stock: Stock, call: Call, step: str) -> tuple[str, Transfer]:
    name = call.path.split("/")[3]
    known = stock.transfers.get(name)
    if known is None:
        raise Refused(404, "not_found")
    check_version(known.version, (call.body or {}).get("version"), call.if_match)
    allowed = _MAY_FOLLOW[known.status]
    if step not in allowed:
        raise Refused(409, "invalid_state", currentStatus=known.status, allowed=list(allowed))
    return name, known


def _told(now: Stock, name: str, transfer: Transfer, event: str, reply: Reply) -> Stock:
    version = transfer.version + 1
    told = (*transfer.told, (f"transfer.{event}", version))
    after = now.with_transfer(name, replace(transfer, version=version, told=told))
    succeeded(reply, 200, version=version)
    return _shown(after, name, reply)


def _broken(quantity: int) -> list[tuple[str, int, int]]:
    return [("damage", 0, quantity)] if quantity else []


def _under_way(loads: Any) -> Iterator[tuple[Load, Parcel]]:
    return ((load, parcel) for load in loads for parcel in load.parcels if parcel.under_way)


def _ended(load: Load, how: str) -> Load:
    parcels = (replace(each, **{how: getattr(each, how) + each.under_way}) for each in load.parcels)
    return replace(load, parcels=tuple(parcels))


def _in_order(load: Load) -> Load:
    return replace(load, parcels=tuple(sorted(load.parcels, key=lambda parcel: parcel.expiry or NEVER)))


def _shown(stock: Stock, name: str, reply: Reply) -> Stock:
    transfer, body = stock.transfers[name], reply.json
    parcels = [parcel for load in transfer.loads for parcel in load.parcels]
    wanted = (name, transfer.status, transfer.source, transfer.target, transfer.expected_at, transfer.reference)
    names = ("transferId", "status", "fromWarehouseLocation", "toWarehouseLocation", "expectedAt", "reference")
    same(wanted, tuple(body[each] for each in names))
    same(transfer.version, body["version"])
    same(any(parcel.damaged or parcel.short or parcel.over for parcel in parcels), body["discrepancy"])
    same(
        [_load_view(load, OWNERS[transfer.source]) for load in transfer.loads], [_seen(item) for item in body["items"]]
    )
    return stock


def _load_view(load: Load, partner: str | None) -> Any:
    batches = sorted(
        (parcel.batch or "", (parcel.expiry or NEVER)[:10], *_became(parcel), parcel.under_way)
        for parcel in load.parcels
    )
    sums = [sum(numbers) for numbers in zip(*(batch[2:] for batch in batches), strict=True)] or [0] * 7
    return load.supplier, load.product, partner, load.batch, load.planned, tuple(sums), batches


def _seen(item: dict[str, Any]) -> Any:
    names = (*_BECAME, "inTransit")
    batches = sorted(
        (each["batchNumber"] or "", (each["expirationDate"] or NEVER)[:10], *(each[name] for name in names))
        for each in item["batches"]
    )
    about = (item["supplierId"], item["productId"], item["retailPartnerId"], item["batchNumber"], item["planned"])
    return (*about, tuple(item[name] for name in names), batches)


def _became(parcel: Parcel) -> tuple[int, ...]:
    return tuple(getattr(parcel, name) for name in _BECAME)
