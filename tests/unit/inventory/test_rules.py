"""The table of movements is the contract's table, and availability its sentence."""

from datetime import UTC, datetime

import pytest

from apps.inventory.domain.availability import available, stock_status
from apps.inventory.domain.movements import RULES
from apps.inventory.types import LevelFacts, MovementType

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _level(on_hand: int, reserved: int, on_hold: int, expires_at: datetime | None = None) -> LevelFacts:
    return LevelFacts("W", "tenant", None, expires_at, on_hand, reserved, on_hold)


@pytest.mark.parametrize(
    ("kind", "variant", "effect"),
    [
        ("receipt", None, (1, 0, 0)),
        ("sale", None, (-1, 0, 0)),
        ("reservation", None, (0, 1, 0)),
        ("release", None, (0, -1, 0)),
        ("shipment", None, (-1, 0, 0)),
        ("shipment", "held", (-1, -1, 0)),
        ("return", None, (1, 0, 0)),
        ("return", "restock", (1, 0, 0)),
        ("return", "quarantine", (1, 0, 1)),
        ("damage", None, (0, 0, 1)),
        ("damage", "hold", (0, 0, 1)),
        ("damage", "scrap", (-1, 0, 0)),
        ("adjustment", None, (1, 0, 0)),
        ("transfer", None, (-1, 0, 0)),
        ("count", None, (0, 0, 0)),
    ],
)
def test_each_kind_does_what_the_contract_says(kind: str, variant: str | None, effect: tuple[int, int, int]) -> None:
    rule = RULES[MovementType(kind), variant]
    assert (rule.on_hand, rule.reserved, rule.on_hold) == effect


def test_there_are_ten_kinds_and_no_other_rule() -> None:
    assert {kind for kind, _ in RULES} == set(MovementType)
    assert (len(MovementType), len(RULES)) == (10, 15)


def test_what_is_promised_has_not_expired() -> None:
    assert {kind.value for (kind, _), rule in RULES.items() if rule.unexpired} == {
        "sale",
        "reservation",
        "shipment",
        "transfer",
    }


def test_available_is_on_hand_less_reserved_less_on_hold_on_what_has_not_expired() -> None:
    levels = [
        _level(10, 3, 2),
        _level(5, 1, 0, datetime(2026, 1, 2, tzinfo=UTC)),
        _level(100, 0, 0, _NOW),
        _level(100, 0, 0, datetime(2025, 1, 1, tzinfo=UTC)),
    ]
    assert available(levels, at=_NOW) == 9
    assert available([], at=_NOW) == 0


@pytest.mark.parametrize(
    ("quantity", "threshold", "status"),
    [
        (0, None, "outOfStock"),
        (0, 0, "outOfStock"),
        (1, 0, "inStock"),
        (1, 1, "lowStock"),
        (2, 1, "inStock"),
        (1, None, "inStock"),
    ],
)
def test_status(quantity: int, threshold: int | None, status: str) -> None:
    assert stock_status(quantity, threshold) == status
