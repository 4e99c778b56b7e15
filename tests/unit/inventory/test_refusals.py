"""What a refusal of stock says to a person: its numbers."""

from typing import Any

import pytest

from apps.inventory.errors import refusal_of


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({"available": 860, "requested": 100000}, "860 are available, 100000 were asked for."),
        ({"available": 1, "requested": 2}, "1 is available, 2 were asked for."),
        ({"available": 0, "requested": 1}, "0 are available, 1 was asked for."),
        (
            {"available": 3, "requested": 4, "reservationState": "held"},
            "The reservation is held and has 3 left; 4 were asked for.",
        ),
        (
            {"available": 0, "requested": 1, "reservationState": "released"},
            "The reservation is released and has nothing left; 1 was asked for.",
        ),
        (
            {"available": 5, "requested": 6, "reserved": 3, "onHold": 2},
            "6 cannot be taken away: 5 are free, 3 reserved and 2 on hold.",
        ),
        ({}, "There is not enough stock available"),
    ],
)
def test_insufficient_stock(facts: dict[str, Any], detail: str) -> None:
    assert refusal_of("insufficient_stock", facts, None).detail == detail


@pytest.mark.parametrize(
    ("facts", "detail"),
    [
        ({"maximumAttributes": 50}, "An item has at most 50 attributes."),
        ({"maximum": 10**15}, "A level holds at most 1000000000000000."),
        (
            {"expirationDate": "2999-01-01T23:59:59+00:00"},
            "The batch is known already and expires at 2999-01-01T23:59:59+00:00.",
        ),
        ({"expirationDate": None}, "The batch is known already and never expires."),
        ({}, "The resource's state does not allow this"),
    ],
)
def test_invalid_state(facts: dict[str, Any], detail: str) -> None:
    refusal = refusal_of("invalid_state", facts, None)
    assert (refusal.code, refusal.facts, refusal.detail) == ("invalid_state", facts, detail)


def test_ambiguous_level() -> None:
    levels = [{"warehouseLocation": "A"}, {"warehouseLocation": "B"}]
    assert refusal_of("ambiguous_level", {"levels": levels}, None).detail == "2 levels may be meant: `levels` has them."
