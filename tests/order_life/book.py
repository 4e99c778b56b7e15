"""What orders do to stock, in plain Python: the answers that the machine expects. No batches, one warehouse a side."""

from dataclasses import dataclass, field

# The statuses from which each step may be taken, as docs/guides/orders.md tells it.
ALLOWED = {
    "confirm": {"placed"},
    "cancel": {"placed", "confirmed", "partlyShipped"},
    "pack": {"confirmed", "partlyShipped"},
    "dispatch": {"confirmed", "partlyShipped"},
    "receive": {"partlyShipped", "shipped"},
    "return": {"partlyShipped", "shipped", "received"},
}


class Refused(Exception):
    """The book refuses: status and code."""


@dataclass(slots=True)
class Line:
    """One product of an order."""

    quantity: int
    held: int = 0
    waiting: int = 0
    cancelled: int = 0
    shipped: int = 0
    received: int = 0
    damaged: int = 0
    short: int = 0
    over: int = 0
    returned: int = 0

    @property
    def open(self) -> int:
        """What is still to be shipped."""
        return self.quantity - self.cancelled - self.shipped

    @property
    def under_way(self) -> int:
        """What has left and was neither received nor given up."""
        return self.shipped + self.over - self.received - self.damaged - self.short


@dataclass(slots=True)
class Parcel:
    """A shipment: what is packed, or under way, of each product."""

    order: str
    contents: dict[str, int]
    status: str = "created"
    left: dict[str, int] = field(default_factory=dict)  # still under way


@dataclass(slots=True)
class Order:
    """An order and its lines, by product."""

    lines: dict[str, Line]
    status: str = "placed"


@dataclass(slots=True)
class Shelf:
    """How much of a product a party has: of it so much is on hold."""

    on_hand: int = 0
    on_hold: int = 0


class Book:
    """The house's stock and the partner's, and all orders, in the order in which they came."""

    def __init__(self, products: tuple[str, ...]) -> None:
        self.house = {product: Shelf() for product in products}
        self.partner = {product: Shelf() for product in products}
        self.orders: dict[str, Order] = {}
        self.parcels: dict[str, Parcel] = {}

    def free(self, product: str) -> int:
        """Return what nobody holds."""
        shelf = self.house[product]
        return shelf.on_hand - shelf.on_hold - self.held(product)

    def held(self, product: str) -> int:
        """Return what is held for orders."""
        return sum(line.held for line in self._lines(product))

    def receipt(self, product: str, quantity: int) -> None:
        """Stock arrives: who waits is served first."""
        self.house[product].on_hand += quantity
        self._fill(product)

    def sale(self, product: str, quantity: int) -> None:
        """Stock is sold, of what nobody holds."""
        if quantity > self.free(product):
            raise Refused(409, "insufficient_stock")
        self.house[product].on_hand -= quantity

    def count(self, product: str, quantity: int) -> None:
        """Somebody counted; what is not there is taken from the newest orders, which then wait for it."""
        shelf = self.house[product]
        short = self.held(product) + shelf.on_hold - quantity
        for line in reversed(list(self._lines(product))):
            lost = max(0, min(line.held, short))
            line.held, line.waiting, short = line.held - lost, line.waiting + lost, short - lost
        shelf.on_hold -= max(0, short)
        shelf.on_hand = quantity
        self._fill(product)

    def place(self, code: str, wanted: dict[str, int], *, backorder: bool) -> None:
        """Hold everything, or what there is where the rest may wait."""
        if not backorder and any(quantity > self.free(product) for product, quantity in wanted.items()):
            raise Refused(409, "insufficient_stock")
        lines = {}
        for product, quantity in wanted.items():
            held = min(quantity, self.free(product))
            lines[product] = Line(quantity, held=held, waiting=quantity - held)
        self.orders[code] = Order(lines)

    def confirm(self, code: str, kept: dict[str, int]) -> None:
        """Confirm so much of each product; the rest is given up."""
        order = self._order(code, "confirm")
        kept = {product: kept.get(product, line.open) for product, line in order.lines.items()}
        if any(kept[product] > line.open for product, line in order.lines.items()) or not any(kept.values()):
            raise Refused(409, "invalid_state")
        for product, line in order.lines.items():
            self._give_up(product, line, line.open - kept[product])
        order.status = "confirmed"

    def cancel(self, code: str, quantities: dict[str, int] | None) -> None:
        """Give up what has not left."""
        order = self._order(code, "cancel")
        if quantities is None:
            quantities = {product: line.open for product, line in order.lines.items()}
        if any(quantity > order.lines[product].open for product, quantity in quantities.items()):
            raise Refused(409, "invalid_state")
        for product, quantity in quantities.items():
            self._give_up(product, order.lines[product], quantity)
        self._settle(order)

    def pack(self, shipment: str, code: str, contents: dict[str, int]) -> None:
        """Pack no more than is open and not packed already."""
        order = self._order(code, "pack")
        packed = [parcel for parcel in self.parcels.values() if parcel.order == code and parcel.status == "created"]
        for product, quantity in contents.items():
            if quantity > order.lines[product].open - sum(each.contents.get(product, 0) for each in packed):
                raise Refused(409, "invalid_state")
        self.parcels[shipment] = Parcel(code, contents)

    def dispatch(self, shipment: str) -> None:
        """Everything that is packed leaves, of what is held for the order."""
        parcel = self.parcels[shipment]
        if parcel.status != "created":
            raise Refused(409, "invalid_state")
        order = self._order(parcel.order, "dispatch")
        if any(quantity > order.lines[product].held for product, quantity in parcel.contents.items()):
            raise Refused(409, "insufficient_stock")
        for product, quantity in parcel.contents.items():
            order.lines[product].held -= quantity
            order.lines[product].shipped += quantity
            self.house[product].on_hand -= quantity
        parcel.status, parcel.left = "dispatched", dict(parcel.contents)
        self._settle(order)

    def unpack(self, shipment: str) -> None:
        """What has not left is unpacked."""
        if self.parcels[shipment].status != "created":
            raise Refused(409, "invalid_state")
        self.parcels[shipment].status = "cancelled"

    def receive(self, code: str, product: str, received: int, damaged: int, *, complete: bool) -> None:
        """So much of a product arrived; what left first is received first, and what is more than left is over."""
        order = self._order(code, "receive")
        under_way = [each for each in self.parcels.values() if each.order == code and each.status == "dispatched"]
        if not under_way:
            raise Refused(409, "invalid_state")
        if not any(product in each.contents for each in under_way):
            raise Refused(404, "not_found")
        line, arrived = order.lines[product], received + damaged
        line.received, line.damaged = line.received + received, line.damaged + damaged
        self.partner[product].on_hand += arrived
        self.partner[product].on_hold += damaged
        for each in under_way:
            taken = min(arrived, each.left.get(product, 0))
            each.left[product] = each.left.get(product, 0) - taken
            arrived -= taken
        line.over += arrived
        for each in under_way:
            if complete:
                for missing, quantity in each.left.items():
                    order.lines[missing].short += quantity
                each.left = {}
            if not any(each.left.values()):
                each.status = "delivered"
        self._settle(order)

    def take_back(self, code: str, product: str, quantity: int, *, quarantined: bool) -> None:
        """So much leaves the partner's shelf and comes back to the house's; never more than arrived there."""
        order = self._order(code, "return")
        line, theirs = order.lines[product], self.partner[product]
        if quantity > min(line.shipped - line.short, line.received + line.damaged) - line.returned:
            raise Refused(409, "invalid_state")
        if quantity > theirs.on_hand:
            raise Refused(409, "insufficient_stock")
        line.returned += quantity
        free = theirs.on_hand - theirs.on_hold
        theirs.on_hand -= quantity
        theirs.on_hold -= max(0, quantity - free)
        self.house[product].on_hand += quantity
        if quarantined:
            self.house[product].on_hold += quantity
        self._fill(product)

    def _order(self, code: str, step: str) -> Order:
        order = self.orders[code]
        if order.status not in ALLOWED[step]:
            raise Refused(409, "invalid_state")
        return order

    def _lines(self, product: str) -> list[Line]:
        return [order.lines[product] for order in self.orders.values() if product in order.lines]

    def _give_up(self, product: str, line: Line, quantity: int) -> None:
        forgone = min(line.waiting, quantity)
        line.waiting -= forgone
        line.held -= quantity - forgone
        line.cancelled += quantity
        self._fill(product)

    def _fill(self, product: str) -> None:
        for line in self._lines(product):
            taken = min(line.waiting, self.free(product))
            line.waiting, line.held = line.waiting - taken, line.held + taken

    @staticmethod
    def _settle(order: Order) -> None:
        lines = order.lines.values()
        if not any(line.shipped for line in lines):
            order.status = order.status if any(line.open for line in lines) else "cancelled"
        elif any(line.open for line in lines):
            order.status = "partlyShipped"
        else:
            order.status = "shipped" if any(line.under_way for line in lines) else "received"
