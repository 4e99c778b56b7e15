"""What the clock does to batches: told once, and true before anybody tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.sweep_batches import sweep_batches
from apps.inventory.tasks import sweep_batches_of_all_tenants
from tests.support.api import TestTenant
from tests.support.notices import CROSSINGS, heard, waiting
from tests.support.stock import Given, Item, wait_for

_EXPIRING = "inventory.expiring"


def sweep(tenant: TestTenant, *, days: int = 30) -> int:
    """Sweep once, as the task does; returns how many batches were looked at."""
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
    return sweep_batches(ctx, horizon=timedelta(days=days)).result


def in_days(days: float) -> str:
    """Return a moment as bodies take it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def receive(item: Item, quantity: int, batch: str, expires: str) -> None:
    """Have a batch received."""
    item.posted("receipt", quantity, warehouseLocation="W1", batchNumber=batch, expirationDate=expires)


def receive_for_a_moment(item: Item, quantity: int, batch: str = "B1") -> datetime:
    """Have a batch received that expires at once; returns when."""
    expires = datetime.now(UTC) + timedelta(seconds=1)
    receive(item, quantity, batch, expires.isoformat())
    return expires


class TestExpiring:
    def test_it_is_told_once_within_the_horizon(self, given: Given) -> None:
        item = given.item()
        receive(item, 10, "B1", in_days(29))
        receive(item, 10, "B2", in_days(31))
        item.posted("receipt", 10, warehouseLocation="W1")
        assert sweep(given.tenant) == 1
        assert waiting(given.tenant, [_EXPIRING]) == [(_EXPIRING, "S1/P1@B1", 3)]
        assert sweep(given.tenant) == 0
        assert sweep(given.tenant, days=32) == 1
        assert waiting(given.tenant, [_EXPIRING]) == [(_EXPIRING, "S1/P1@B1", 3), (_EXPIRING, "S1/P1@B2", 3)]
        assert item.version == 3  # nothing happened to the item

    def test_it_says_which_batch_when_and_how_much(self, given: Given) -> None:
        item = given.stocked(10, batch="B1", expires="2034-01-01")
        item.posted("sale", 3)
        sweep(given.tenant, days=9000)
        ((_, data),) = heard(given.tenant, [_EXPIRING])
        assert data["expiring"] == {
            "batchNumber": "B1",
            "expirationDate": "2034-01-01T23:59:59.000000Z",
            "inventoryLevel": 7,
        }
        assert data["version"] == 2

    def test_it_is_told_to_those_who_see_the_whole_item(self, given: Given) -> None:
        given.stocked(10, batch="B1", expires="2034-01-01")
        given.stocked(4, batch="B1", expires="2034-01-01", partner="R1", warehouse="RW")
        given.supplier("S2")
        given.agreement("R1")
        given.agreement("R2")
        assert sweep(given.tenant, days=9000) == 2
        for party, code, hears in (
            (PartyType.TENANT, "", [None, "R1"]),
            (PartyType.SUPPLIER, "S1", [None]),
            (PartyType.SUPPLIER, "S2", []),
            (PartyType.RETAIL_PARTNER, "R1", ["R1"]),
            (PartyType.RETAIL_PARTNER, "R2", []),
        ):
            told = heard(given.tenant, [_EXPIRING], party, code)
            assert [data["retailPartnerId"] for _, data in told] == hears, (party, code)

    def test_a_batch_of_which_nothing_is_left_is_not_told_of(self, given: Given) -> None:
        item = given.stocked(10, batch="B1", expires="2034-01-01")
        item.posted("sale", 10)
        sweep(given.tenant, days=9000)
        assert waiting(given.tenant, [_EXPIRING]) == []


class TestExpired:
    def test_it_is_offered_no_longer_before_anybody_sweeps(self, given: Given) -> None:
        """Scenario 26: what is looked at and what is picked is one predicate."""
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        receive(item, 5, "B2", in_days(100))
        assert item.balances == (15, 0, 0, 15)
        wait_for(gone)
        assert item.balances == (15, 0, 0, 5)
        assert item.post("sale", 6).json["available"] == 5
        item.posted("sale", 5)
        assert item.levels == {("W1", "B1"): (10, 0, 0, 0), ("W1", "B2"): (0, 0, 0, 0)}

    def test_the_sweep_tells_the_item_and_its_crossing_once(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        wait_for(gone)
        assert sweep(given.tenant) == 1
        assert item.version == 2
        assert waiting(given.tenant, CROSSINGS) == [("inventory.out_of_stock", "S1/P1", 2)]
        (_, (_, data)) = heard(given.tenant, ["inventory.updated"])
        assert (data["inventoryLevel"], data["availableQuantity"], data["version"]) == (10, 0, 2)
        assert data["cause"] == {"transactionId": None, "type": "expiry", "reference": "B1"}
        assert sweep(given.tenant) == 0
        assert (item.version, len(item.ledger)) == (2, 1)

    def test_it_makes_low_what_was_enough(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        receive(item, 5, "B2", in_days(100))
        item.patch({"reorderThreshold": 5}, if_match="*")
        wait_for(gone)
        sweep(given.tenant)
        assert waiting(given.tenant, CROSSINGS) == [("inventory.low_stock", "S1/P1", 4)]

    def test_a_batch_of_a_moment_is_told_as_expiring_and_then_as_expired(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        sweep(given.tenant)
        assert waiting(given.tenant, [_EXPIRING]) == [(_EXPIRING, "S1/P1@B1", 1)]
        wait_for(gone)
        sweep(given.tenant)
        assert waiting(given.tenant, [_EXPIRING]) == [(_EXPIRING, "S1/P1@B1", 1)]
        assert item.version == 2

    def test_what_lapsed_meanwhile_is_not_told_as_run_out(self, given: Given) -> None:
        item = given.item()
        receive(item, 5, "B2", in_days(100))
        lapses = datetime.now(UTC) + timedelta(seconds=1)
        item.posted("reservation", 5, expiresAt=lapses.isoformat())
        gone = receive_for_a_moment(item, 10)
        told = waiting(given.tenant, CROSSINGS)
        wait_for(max(lapses, gone))
        sweep(given.tenant)
        assert waiting(given.tenant, CROSSINGS) == told
        assert [kind for kind, *_ in waiting(given.tenant, ["reservation.expired"])] == ["reservation.expired"]
        assert item.balances == (15, 0, 0, 5)

    def test_a_movement_that_sees_it_first_tells_the_crossing(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        wait_for(gone)
        item.posted("damage", 1, reason="x", batchNumber="B1", disposition="scrap")
        told = [("inventory.out_of_stock", "S1/P1", 2)]
        assert waiting(given.tenant, CROSSINGS) == told
        sweep(given.tenant)
        assert waiting(given.tenant, CROSSINGS) == told

    def test_what_expired_is_written_off(self, given: Given) -> None:
        item = given.item()
        wait_for(receive_for_a_moment(item, 10))
        item.posted("damage", 10, reason="Expired", disposition="scrap")
        assert item.balances == (0, 0, 0, 0)

    def test_a_reservation_on_it_cannot_be_shipped(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        held = item.posted("reservation", 4)["reservationId"]
        wait_for(gone)
        answer = item.post("shipment", 4, reservationId=held)
        assert (answer.status, answer.json["code"], answer.json["batchNumber"]) == (409, "batch_expired", "B1")

    def test_a_held_batch_that_expires_crosses_nothing(self, given: Given) -> None:
        item = given.item()
        gone = receive_for_a_moment(item, 10)
        body: dict[str, Any] = {"supplierId": "S1", "productId": "P1", "reason": "x"}
        assert given.tenant.operator.post("/v1/batches/B1/hold", body, key="hold").status == 200
        told = [("inventory.out_of_stock", "S1/P1", 2)]
        assert waiting(given.tenant, CROSSINGS) == told
        wait_for(gone)
        sweep(given.tenant)
        assert waiting(given.tenant, CROSSINGS) == told


class TestTheTask:
    def test_it_sweeps_every_tenant(self, given: Given, other_tenant: TestTenant) -> None:
        soon = in_days(settings.STOCK_EXPIRING_DAYS - 1)
        for place in (given, Given(other_tenant)):
            receive(place.item(), 1, "B1", soon)
            receive(place.item(), 1, "B2", in_days(settings.STOCK_EXPIRING_DAYS + 1))
        sweep_batches_of_all_tenants()
        sweep_batches_of_all_tenants()
        for tenant in (given.tenant, other_tenant):
            assert waiting(tenant, [_EXPIRING]) == [(_EXPIRING, "S1/P1@B1", 2)]

    def test_it_is_due_every_minute(self) -> None:
        entry = settings.CELERY_BEAT_SCHEDULE["inventory-sweep-batches"]
        assert (entry["schedule"], settings.STOCK_EXPIRING_DAYS) == (60.0, 30)
        assert entry["task"] in current_app.tasks


@pytest.mark.parametrize("days", [0, 3650])
def test_the_horizon_is_the_callers(given: Given, days: int) -> None:
    receive(given.item(), 1, "B1", in_days(1000))
    assert sweep(given.tenant, days=days) == (1 if days else 0)
