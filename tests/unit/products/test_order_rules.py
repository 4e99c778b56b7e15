"""Which quantities an order rule allows: a pure function of the quantity and the rule, in base units."""

from fractions import Fraction

import pytest

from apps.products.domain.order_rules import check_order_quantity
from apps.products.types import BaseOrderRule


def _rule(minimum: int, multiple: int) -> BaseOrderRule:
    return BaseOrderRule(order_rule_id="RULE1", minimum=minimum, multiple=multiple)


@pytest.mark.parametrize(
    ("minimum", "multiple", "allowed", "refused"),
    [
        (1, 1, [1, 2, 10**9], []),
        (24, 1, [24, 25, 1000], [1, 23]),
        (1, 12, [12, 24, 120], [1, 11, 13, 25]),
        (24, 12, [24, 36], [12, 23, 25, 35]),
        (30, 12, [36, 48], [12, 24, 30, 35, 37]),
    ],
)
def test_what_is_allowed(minimum: int, multiple: int, allowed: list[int], refused: list[int]) -> None:
    rule = _rule(minimum, multiple)
    assert [quantity for quantity in allowed if check_order_quantity(quantity, rule)] == []
    assert [quantity for quantity in refused if not check_order_quantity(quantity, rule)] == []


@pytest.mark.parametrize(
    ("quantity", "minimum", "multiple", "near"),
    [
        (5, 24, 1, [24]),
        (5, 1, 12, [12]),
        (13, 1, 12, [12, 24]),
        (25, 24, 12, [24, 36]),
        (13, 24, 12, [24]),
        (24, 30, 12, [36]),
        (10**9 - 1, 1, 7, [999_999_994]),
        (5, 10**9, 7, []),
    ],
)
def test_the_nearest_quantities_are_allowed_and_nothing_between_them_is(
    quantity: int, minimum: int, multiple: int, near: list[int]
) -> None:
    rule = _rule(minimum, multiple)
    refusal = check_order_quantity(quantity, rule)
    assert refusal is not None
    assert refusal.facts == {
        "minimum": minimum,
        "multiple": multiple,
        "requested": quantity,
        "nearestQuantities": near,
        "orderRuleId": "RULE1",
    }
    assert [each for each in near if check_order_quantity(each, rule)] == []
    if len(near) == 2:
        between = range(near[0] + 1, near[1])
        assert quantity in between
        assert all(check_order_quantity(each, rule) for each in between)


@pytest.mark.parametrize(
    ("unit", "quantity", "rule", "minimum", "multiple", "near"),
    [
        (Fraction(12), 1, (24, 12), 2, 1, [2]),
        (Fraction(12), 1, (25, 1), 3, 1, [3]),
        (Fraction(12), 4, (1, 18), 1, 3, [3, 6]),
        (Fraction(1, 3), 4, (1, 1), 3, 3, [3, 6]),
        (Fraction(1, 3), 7, (2, 2), 6, 6, [6, 12]),
        (Fraction(3, 2), 1, (1, 6), 1, 4, [4]),
        (Fraction(12), 1, (10**9, 1), 83_333_334, 1, []),
    ],
)
def test_facts_count_the_unit_that_was_asked_for(
    unit: Fraction, quantity: int, rule: tuple[int, int], minimum: int, multiple: int, near: list[int]
) -> None:
    refusal = check_order_quantity(quantity, _rule(*rule), unit=unit)
    assert refusal is not None
    facts = {"minimum": minimum, "multiple": multiple, "requested": quantity, "nearestQuantities": near}
    assert refusal.facts == {**facts, "orderRuleId": "RULE1"}
    for each in near:
        assert check_order_quantity(each, _rule(*rule), unit=unit) is None
        pieces = each * unit
        assert pieces.denominator == 1
        assert check_order_quantity(int(pieces), _rule(*rule)) is None


def test_what_it_says() -> None:
    assert str(check_order_quantity(13, _rule(24, 12))) == (
        "At least 24 are ordered, in multiples of 12; 13 were asked for, 24 would do."
    )
    assert str(check_order_quantity(1, _rule(24, 1))) == "At least 24 are ordered; 1 was asked for, 24 would do."
    assert str(check_order_quantity(25, _rule(1, 12))) == (
        "At least 1 are ordered, in multiples of 12; 25 were asked for, 24 or 36 would do."
    )
