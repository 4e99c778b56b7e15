"""First things made at once: one item, one level, one batch, whoever comes first."""

from typing import Any

import pytest

from tests.support.crowd import Crowd, posting, statuses
from tests.support.stock import Given, Item

pytestmark = pytest.mark.xdist_group("live")


@pytest.mark.parametrize("members", [{}, {"batchNumber": "B1", "expirationDate": "2999-01-01"}])
@pytest.mark.parametrize("partner", [None, "R1"])
def test_32_first_receipts_make_one_item_one_level_one_batch(
    given: Given, crowd: Crowd, members: dict[str, Any], partner: str | None
) -> None:
    """Each of several first receipts makes the row that it did not find: two items, two levels, two batches of one name."""
    given.item()
    given.warehouse("RW", partner="R1")
    item = Item(given.tenant, "S1", "P1", partner)
    place = "RW" if partner else "W1"
    replies = crowd.send([posting(item, "receipt", 1, warehouseLocation=place, **members) for _ in range(32)])
    assert statuses(replies) == {201: 32}
    assert item.levels == {(place, members.get("batchNumber")): (32, 0, 0, 32)}
    assert item.version == 32


def test_first_receipts_that_disagree_about_a_batchs_expiry_keep_one(given: Given, crowd: Crowd) -> None:
    """A batch has the expiry of whoever wrote last, and what was promised by the first is spoiled."""
    item = given.item()
    days = ["2998-01-01", "2999-01-01"]
    replies = crowd.send(
        [
            posting(item, "receipt", 1, warehouseLocation="W1", batchNumber="B", expirationDate=days[number % 2])
            for number in range(32)
        ]
    )
    assert statuses(replies) == {201: 16, 409: 16}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"invalid_state"}
    assert item.levels == {("W1", "B"): (16, 0, 0, 16)}


def test_32_first_levels_at_once_are_one_for_each_place(given: Given, crowd: Crowd) -> None:
    """A count that finds no level makes one, and so does its twin: the place holds twice what was counted."""
    item = given.item()
    for number in range(4):
        given.warehouse(f"P{number}")
    replies = crowd.send([posting(item, "count", 5, warehouseLocation=f"P{number % 4}") for number in range(32)])
    assert statuses(replies) == {201: 32}
    assert item.levels == {(f"P{number}", None): (5, 0, 0, 5) for number in range(4)}
