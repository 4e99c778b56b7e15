"""Thresholds: each crossing of what is available is told once, where it is made."""

from typing import Any

import pytest

from apps.core.context import PartyType
from tests.support.notices import CROSSINGS, heard, waiting
from tests.support.stock import Given, Item, nothing_moves, refused

_LOW, _OUT, _BACK = CROSSINGS


def told(item: Item, subject: str = "S1/P1") -> list[tuple[str, int]]:
    """Return the crossings of an item or of a place of it, with the versions that made them."""
    return [(kind, version) for kind, about, version in waiting(item.tenant, CROSSINGS) if about == subject]


def limit(item: Item, **settings: Any) -> None:
    """Set thresholds."""
    answer = item.patch(settings, if_match="*")
    assert answer.status == 200, answer.json


class TestOfTheItem:
    def test_a_first_receipt_tells_nothing(self, given: Given) -> None:
        assert told(given.stocked(10)) == []

    def test_stock_that_was_never_there_is_not_back(self, given: Given) -> None:
        item = given.item()
        item.posted("return", 5, warehouseLocation="W1", disposition="quarantine")
        item.posted("receipt", 5, warehouseLocation="W1")
        assert told(item) == []
        item.posted("sale", 5)
        assert told(item) == [(_OUT, 3)]

    def test_each_crossing_is_told_once(self, given: Given) -> None:
        item = given.stocked(10)
        limit(item, reorderThreshold=5)  # version 2
        item.posted("sale", 4)
        assert told(item) == []
        item.posted("sale", 1)  # 4: five are left
        item.posted("sale", 2)
        assert told(item) == [(_LOW, 4)]
        item.posted("sale", 3)  # 6: none
        assert told(item) == [(_LOW, 4), (_OUT, 6)]
        item.posted("receipt", 2, warehouseLocation="W1")  # 7: back, though low
        item.posted("receipt", 3, warehouseLocation="W1")
        item.posted("receipt", 10, warehouseLocation="W1")  # 9: in
        item.posted("sale", 10)  # 10: low again
        assert told(item) == [(_LOW, 4), (_OUT, 6), (_BACK, 7), (_LOW, 10)]

    def test_a_reservation_crosses_and_its_release_comes_back(self, given: Given) -> None:
        item = given.stocked(10)
        held = item.posted("reservation", 10)["reservationId"]
        item.posted("shipment", 4, reservationId=held)  # takes nothing that was available
        item.posted("release", reservationId=held)
        assert told(item) == [(_OUT, 2), (_BACK, 4)]

    def test_without_a_threshold_there_is_no_low(self, given: Given) -> None:
        item = given.stocked(10)
        item.posted("sale", 9)
        assert told(item) == []

    def test_a_threshold_that_makes_it_low_tells_it_once(self, given: Given) -> None:
        item = given.stocked(10)
        limit(item, reorderThreshold=10)
        limit(item, reorderThreshold=20)
        assert told(item) == [(_LOW, 2)]
        limit(item, reorderThreshold=None)
        limit(item, reorderThreshold=10)
        assert told(item) == [(_LOW, 2), (_LOW, 5)]

    def test_a_refusal_tells_nothing(self, given: Given) -> None:
        item = given.stocked(10)
        limit(item, reorderThreshold=5)
        refused(item.post("sale", 11), 409, "insufficient_stock")
        assert told(item) == []

    def test_a_list_of_movements_tells_each_crossing_in_it(self, given: Given) -> None:
        item = given.stocked(10)
        lines = [item.entry("sale", 10), item.entry("receipt", 1, warehouseLocation="W1"), item.entry("sale", 1)]
        answer = given.tenant.operator.post("/v1/inventory/batch", {"items": lines}, key="lines")
        assert answer.status == 200
        assert told(item) == [(_OUT, 2), (_BACK, 3), (_OUT, 4)]

    def test_the_event_says_how_much_and_to_staff_how_low(self, given: Given) -> None:
        item = given.stocked(10)
        given.agreement("R1")
        limit(item, reorderThreshold=5)
        item.posted("sale", 6)
        ((_, data),) = heard(given.tenant, [_LOW])
        assert data["crossing"] == {"warehouseLocation": None, "availableQuantity": 4, "reorderThreshold": 5}
        assert (data["stockStatus"], data["inventoryLevel"]) == ("lowStock", 4)
        ((_, offered),) = heard(given.tenant, [_LOW], PartyType.RETAIL_PARTNER, "R1")
        assert (offered["availableQuantity"], "crossing" in offered, "inventoryLevel" in offered) == (4, False, False)


class TestOfAPlace:
    def test_it_has_crossings_of_its_own(self, given: Given) -> None:
        item = given.stocked(10)
        given.stocked(10, warehouse="W2")
        limit(item, reorderThresholds={"W1": 5})  # version 3
        item.posted("sale", 5, warehouseLocation="W1")
        item.posted("sale", 9, warehouseLocation="W2")
        item.posted("transfer", 5, warehouseLocation="W1", toWarehouseLocation="W2")
        item.posted("transfer", 6, warehouseLocation="W2", toWarehouseLocation="W1")
        assert told(item, "S1/P1@W1") == [(_LOW, 4), (_OUT, 6), (_BACK, 7)]
        assert told(item, "S1/P1@W2") == []
        assert told(item) == []

    def test_a_threshold_that_makes_a_place_low_tells_it_once(self, given: Given) -> None:
        item = given.stocked(10)
        limit(item, reorderThresholds={"W1": 10})
        limit(item, reorderThresholds={"W1": 20})
        assert told(item, "S1/P1@W1") == [(_LOW, 2)]

    def test_it_is_patched_place_by_place(self, given: Given) -> None:
        item = given.stocked(10)
        given.warehouse("W2")
        limit(item, reorderThresholds={"W1": 5, "W2": 3})
        limit(item, reorderThresholds={"W1": 6, "W2": None})
        assert item.get().json["reorderThresholds"] == {"W1": 6}

    def test_an_empty_place_is_not_told_as_one_that_ran_out(self, given: Given) -> None:
        item = given.stocked(10)
        given.warehouse("W2")
        limit(item, reorderThresholds={"W2": 3})
        item.posted("sale", 1)
        assert told(item, "S1/P1@W2") == []
        item.posted("transfer", 2, warehouseLocation="W1", toWarehouseLocation="W2")
        assert told(item, "S1/P1@W2") == [(_BACK, 4)]

    def test_a_single_places_crossing_is_not_a_partners_to_know(self, given: Given) -> None:
        item = given.stocked(10)
        given.agreement("R1")
        limit(item, reorderThresholds={"W1": 5})
        item.posted("sale", 6)
        ((_, data),) = heard(given.tenant, [_LOW])
        assert data["crossing"] == {"warehouseLocation": "W1", "availableQuantity": 4, "reorderThreshold": 5}
        assert heard(given.tenant, [_LOW], PartyType.RETAIL_PARTNER, "R1") == []

    def test_it_must_be_a_place_where_the_item_can_lie(self, given: Given) -> None:
        item = given.stocked(10)
        given.warehouse("SW", supplier="S2")
        given.warehouse("OWN", supplier="S1")
        mine = given.stocked(5, partner="R1", warehouse="RW")
        for subject, place in ((item, "W9"), (item, "SW"), (item, "RW"), (mine, "W1"), (mine, "W9")):
            with nothing_moves(given.tenant):
                refused(
                    subject.patch(
                        {"reorderThresholds": {"RW" if subject is mine else "W1": 1, place: 2}}, if_match="*"
                    ),
                    404,
                    "not_found",
                    pointer=f"#/reorderThresholds/{place}",
                )
        limit(item, reorderThresholds={"W1": 1, "OWN": 2})
        limit(mine, reorderThresholds={"RW": 1})
        # Removing one needs no place; and a supplier sees no more of others' places than of none.
        limit(item, reorderThresholds={"W9": None})
        supplier = given.tenant.supplier("S1")
        for place in ("SW", "RW", "W9"):
            answer = item.patch({"reorderThresholds": {place: 1}}, by=supplier, if_match="*")
            refused(answer, 404, "not_found", pointer=f"#/reorderThresholds/{place}")

    @pytest.mark.parametrize("value", [-1, "5", 10**15 + 1])
    def test_what_is_no_quantity_is_refused(self, given: Given, value: Any) -> None:
        item = given.stocked(10)
        with nothing_moves(given.tenant):
            refused(item.patch({"reorderThresholds": {"W1": value}}, if_match="*"), 400, "validation_error")
