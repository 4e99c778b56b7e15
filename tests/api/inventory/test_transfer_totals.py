"""Whatever arrives, in whatever parts: source, way and destination add up after every step."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.master_data import make_product, make_supplier, make_warehouse
from tests.support.api import TestTenant
from tests.support.stock import Item
from tests.support.transfers import Trip, arrived

_BATCHES = ("OLD", "NEW", None)
_EXPIRES = {"OLD": "2034-01-01", "NEW": "2034-06-01"}
_products = count()


@dataclass(frozen=True, slots=True)
class Arrival:
    """What somebody says has arrived."""

    batch: str | None
    received: int
    damaged: int
    complete: bool


_arrivals = st.builds(
    Arrival,
    batch=st.sampled_from([*_BATCHES, "STRANGE"]),
    received=st.integers(0, 8),
    damaged=st.integers(0, 3),
    complete=st.sampled_from([False, False, False, True]),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stocks=st.tuples(*(st.integers(0, 6) for _ in _BATCHES)).filter(any),
    share=st.integers(1, 100),
    arrivals=st.lists(_arrivals, max_size=5),
)
def test_everything_adds_up(tenant: TestTenant, stocks: tuple[int, ...], share: int, arrivals: list[Arrival]) -> None:
    item = _stocked(tenant, dict(zip(_BATCHES, stocks, strict=True)))
    total = sum(stocks)
    trip = Trip.shipped(item, max(1, total * share // 100))
    said = 0
    for each in arrivals:
        if trip.status != "inTransit":
            break
        if each.received + each.damaged or each.complete:
            line = arrived(item, each.received, each.damaged, each.batch)
            trip.done("receive", items=[line], complete=each.complete)
            said += each.received + each.damaged
        _adds_up(item, trip, total, said)
    if trip.status == "inTransit":
        trip.done("cancel")
    _adds_up(item, trip, total, said)
    assert item.get().json["incomingQuantity"] == 0


def _stocked(tenant: TestTenant, stocks: dict[str | None, int]) -> Item:
    number = next(_products)
    item = Item(tenant, f"S{number}", f"P{number}")
    make_supplier(tenant, item.supplier)
    make_product(tenant, item.product)
    for warehouse in ("W1", "W2"):
        if tenant.operator.get(f"/v1/warehouses/{warehouse}").status == 404:
            make_warehouse(tenant, warehouse)
    for batch, quantity in stocks.items():
        if quantity:
            members = {} if batch is None else {"batchNumber": batch, "expirationDate": _EXPIRES[batch]}
            item.posted("receipt", quantity, warehouseLocation="W1", **members)
    return item


def _adds_up(item: Item, trip: Trip, total: int, said: int) -> None:
    (line,) = trip.get().json["items"]
    there: dict[str, Any] = item.get().json
    assert line["received"] + line["damaged"] == said
    assert line["shipped"] + line["over"] == said + line["short"] + line["returned"] + line["inTransit"]
    assert there["incomingQuantity"] == line["inTransit"]
    assert there["inventoryLevel"] + line["inTransit"] == total + line["over"] - line["short"]
    assert there["onHoldQuantity"] == line["damaged"]
    assert sum(level[0] for place, level in item.levels.items() if place[0] == "W2") == said
    moved = [row for row in item.ledger if row["reference"] == trip.code]
    assert sum(row["inventoryLevelChange"] for row in moved if row["type"] == "transfer") == -line["inTransit"]
    for name in ("shipped", "received", "damaged", "short", "over", "returned", "inTransit"):
        assert line[name] == sum(batch[name] for batch in line["batches"])
