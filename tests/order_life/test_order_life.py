"""Any life of orders: every answer is the book's, and after every step stock is the book's on both sides."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.order_life.book import Book, Refused
from tests.support.api import ApiAnswer, TestTenant
from tests.support.books import books_of
from tests.support.stock import Given, Item, fresh_key

_PRODUCTS = ("P1", "P2")
_PRODUCT = st.sampled_from(_PRODUCTS)
_FEW = st.integers(1, 5)
_WANTED = st.dictionaries(_PRODUCT, _FEW, min_size=1)
_NUMBER = st.integers(0, 5)
_STEPS, _RUNS = 50, 10


class OrderLife(RuleBasedStateMachine):
    """A house, a partner with a warehouse, and orders between them."""

    answers: Counter[tuple[str, int]]

    def __init__(self) -> None:
        super().__init__()
        given = Given(TestTenant("life"))
        self._tenant = given.tenant
        given.agreement()
        given.warehouse("WR1", partner="R1")
        self._items = {product: given.item(product=product) for product in _PRODUCTS}
        self._book = Book(_PRODUCTS)
        self._numbers = 0
        for product in _PRODUCTS:
            self.stock_moves("receipt", product, 9)
        for _ in range(2):
            self.somebody_orders({"P1": 4, "P2": 3}, backorder=True)
            self.the_supplier_confirms(0, {})
        self.the_supplier_packs(0, {"P1": 2}, leaves=True)

    @rule(kind=st.sampled_from(["receipt", "receipt", "sale", "count"]), product=_PRODUCT, quantity=st.integers(1, 9))
    def stock_moves(self, kind: str, product: str, quantity: int) -> None:
        """A receipt, a sale past all orders, or a count that perhaps finds less than is held."""
        place: dict[str, Any] = {} if kind == "sale" else {"warehouseLocation": "W1"}
        answer = self._items[product].post(kind, quantity, **place)
        self._same(kind, answer, 201, lambda: getattr(self._book, kind)(product, quantity))

    @rule(wanted=_WANTED, backorder=st.booleans())
    def somebody_orders(self, wanted: dict[str, int], *, backorder: bool) -> None:
        """An order that may wait, or not."""
        code = self._code("O")
        items = [{"productId": each, "quantity": wanted[each], "backorder": backorder} for each in sorted(wanted)]
        body = {
            "orderId": code,
            "type": "purchase",
            "supplierId": "S1",
            "retailPartnerId": "R1",
            "deliveryWarehouse": "WR1",
            "items": items,
        }
        self._same(
            "place", self._post("/v1/orders", body), 201, lambda: self._book.place(code, wanted, backorder=backorder)
        )

    @precondition(lambda self: self._book.orders)
    @rule(number=_NUMBER, kept=st.dictionaries(_PRODUCT, st.integers(0, 5)))
    def the_supplier_confirms(self, number: int, kept: dict[str, int]) -> None:
        """All of it, or less."""
        code = self._order(number)
        kept = self._known(code, kept)
        body = {"items": [{"productId": each, "quantity": kept[each]} for each in sorted(kept)]}
        self._same("confirm", self._step(code, "confirm", body), 200, lambda: self._book.confirm(code, kept))

    @precondition(lambda self: self._book.orders)
    @rule(number=_NUMBER, quantities=st.one_of(st.none(), _WANTED))
    def somebody_cancels(self, number: int, quantities: dict[str, int] | None) -> None:
        """All that has not left, or part of it."""
        code = self._order(number)
        named = self._known(code, quantities) if quantities else None
        body = {"items": [{"productId": each, "quantity": named[each]} for each in sorted(named)]} if named else {}
        self._same("cancel", self._step(code, "cancel", body), 200, lambda: self._book.cancel(code, named or None))

    @precondition(lambda self: self._book.orders)
    @rule(number=_NUMBER, contents=_WANTED, leaves=st.booleans())
    def the_supplier_packs(self, number: int, contents: dict[str, int], *, leaves: bool) -> None:
        """A shipment, which perhaps leaves at once."""
        code, shipment = self._order(number), self._code("S")
        contents = self._known(code, contents)
        if not contents:
            return
        packed = [{"productId": each, "quantity": contents[each]} for each in sorted(contents)]
        body = {"shipmentId": shipment, "orderId": code, "packages": [{"items": packed}]}
        answer = self._post("/v1/shipments", body)
        self._same("pack", answer, 201, lambda: self._book.pack(shipment, code, contents))
        if leaves and shipment in self._book.parcels:
            self._dispatch(shipment)

    @precondition(lambda self: self._book.parcels)
    @rule(number=_NUMBER)
    def a_shipment_leaves(self, number: int) -> None:
        """One that was packed, or one that has left already."""
        self._dispatch(self._shipment(number))

    @precondition(lambda self: self._book.parcels)
    @rule(number=_NUMBER)
    def a_shipment_is_unpacked(self, number: int) -> None:
        """One that has not left, or one that has."""
        shipment = self._shipment(number)
        answer = self._post(f"/v1/shipments/{shipment}/cancel", {})
        self._same("unpack", answer, 200, lambda: self._book.unpack(shipment))

    @precondition(lambda self: self._book.parcels)
    @rule(number=_NUMBER, product=_PRODUCT, received=_FEW, damaged=st.integers(0, 2), complete=st.booleans())
    def something_arrives(self, number: int, product: str, received: int, damaged: int, *, complete: bool) -> None:
        """Good and damaged pieces, short or over."""
        code = self._book.parcels[self._shipment(number)].order
        if product not in self._book.orders[code].lines:
            return
        body = {"items": [{"productId": product, "received": received, "damaged": damaged}], "complete": complete}
        answer = self._step(code, "receive", body)
        self._same(
            "receive", answer, 200, lambda: self._book.receive(code, product, received, damaged, complete=complete)
        )

    @precondition(lambda self: self._book.parcels)
    @rule(number=_NUMBER, product=_PRODUCT, quantity=_FEW, quarantined=st.booleans())
    def something_comes_back(self, number: int, product: str, quantity: int, *, quarantined: bool) -> None:
        """To be sold again, or into quarantine."""
        code = self._book.parcels[self._shipment(number)].order
        if product not in self._book.orders[code].lines:
            return
        line = {
            "productId": product,
            "quantity": quantity,
            "reason": "not wanted",
            "condition": "new",
            "disposition": "quarantine" if quarantined else "restock",
        }
        answer = self._post("/v1/returns", {"orderId": code, "warehouseLocation": "W1", "items": [line]})
        self._same(
            "return", answer, 201, lambda: self._book.take_back(code, product, quantity, quarantined=quarantined)
        )

    @invariant()
    def stock_is_the_book_s_on_both_sides(self) -> None:
        """Nothing is lost between the house, the way and the partner, and every order's lines add up."""
        for product, item in self._items.items():
            house, partner = self._book.house[product], self._book.partner[product]
            held = self._book.held(product)
            assert _balances(item) == (house.on_hand, held, house.on_hold)
            assert _balances(Item(self._tenant, "S1", product, "R1")) == (partner.on_hand, 0, partner.on_hold)
        listed = self._tenant.operator.get("/v1/orders?pageSize=200").json["data"]
        assert {order["orderId"]: order["status"] for order in listed} == {
            code: order.status for code, order in self._book.orders.items()
        }
        for order in listed:
            for line in order["items"]:
                expected = self._book.orders[order["orderId"]].lines[line["productId"]]
                assert {
                    "held": line["reservedQuantity"],
                    "waiting": line["backorderedQuantity"],
                    **{name: line[f"{name}Quantity"] for name in _NAMES},
                } == {"held": expected.held, "waiting": expected.waiting, **{n: getattr(expected, n) for n in _NAMES}}

    def teardown(self) -> None:
        """At the end the books balance."""
        assert books_of(self._tenant.id) == {}

    def _same(self, verb: str, answer: ApiAnswer, status: int, in_the_book: Callable[[], None]) -> None:
        self.answers[verb, answer.status] += 1
        expected: tuple[Any, ...] = (status, None)
        try:
            in_the_book()
        except Refused as refusal:
            expected = refusal.args
        assert (answer.status, answer.json.get("code")) == expected, answer.json

    def _dispatch(self, shipment: str) -> None:
        answer = self._post(f"/v1/shipments/{shipment}/dispatch", {})
        self._same("dispatch", answer, 200, lambda: self._book.dispatch(shipment))

    def _post(self, path: str, body: dict[str, Any]) -> ApiAnswer:
        return self._tenant.operator.post(path, body, key=fresh_key())

    def _step(self, code: str, step: str, body: dict[str, Any]) -> ApiAnswer:
        return self._post(f"/v1/orders/{code}/{step}", body)

    def _known(self, code: str, quantities: dict[str, int]) -> dict[str, int]:
        lines = self._book.orders[code].lines
        return {product: quantity for product, quantity in quantities.items() if product in lines}

    def _order(self, number: int) -> str:
        codes = list(self._book.orders)
        return codes[-1 - number % len(codes)]

    def _shipment(self, number: int) -> str:
        codes = list(self._book.parcels)
        return codes[-1 - number % len(codes)]

    def _code(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}{self._numbers}"


_NAMES = ("cancelled", "shipped", "received", "damaged", "short", "over", "returned")


def _balances(item: Item) -> tuple[int, int, int]:
    answer = item.get()
    if answer.status == 404:
        return 0, 0, 0
    return answer.json["inventoryLevel"], answer.json["reservedQuantity"], answer.json["onHoldQuantity"]


def test_any_life_of_orders_is_the_book_s() -> None:
    """Every verb is refused in some state and succeeds in another, so that the machine proves both."""
    answers: Counter[tuple[str, int]] = Counter()
    machine = type("Life", (OrderLife,), {"answers": answers})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=_RUNS,
            stateful_step_count=_STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    met = {
        verb: {status for name, status in answers if name == verb}
        for verb in ("sale", "place", "confirm", "cancel", "pack", "dispatch", "unpack", "receive", "return")
    }
    assert {verb for verb, statuses in met.items() if not statuses & {200, 201}} == set(), answers
    assert {verb for verb, statuses in met.items() if 409 not in statuses} == set(), answers
