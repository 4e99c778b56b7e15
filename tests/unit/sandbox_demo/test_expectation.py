"""What the stock must be in the end."""

from hashlib import sha256

import pytest

from sandbox.demo.expectation import digest, expect, opening_stock
from sandbox.demo.lines import parse, read_lines
from tests.unit.sandbox_demo.rows import row


def sale(code: str, quantity: int) -> dict[str, str]:
    return row(code=code, quantity=str(quantity))


def returned(code: str, quantity: int) -> dict[str, str]:
    return row(invoice="C1", code=code, quantity=str(-quantity))


def damage(code: str, quantity: int) -> dict[str, str]:
    return row(code=code, quantity=str(-quantity))


NINE = [sale(f"1000{place}", 1) for place in range(1, 10)]  # what makes the SKU behind them the tenth


def test_opening_stock_is_what_will_be_sold_or_damaged_and_returns_do_not_count() -> None:
    lines = parse([sale("10001", 6), damage("10001", 2), returned("10001", 5), returned("10002", 1)])
    assert opening_stock(lines.skus, lines.goods) == {"10001": 8, "10002": 0}


def test_every_tenth_sku_of_the_sorted_list_starts_with_half_rounded_down() -> None:
    skus = [f"{10001 + place}" for place in range(20)]
    lines = parse([sale(sku, 7) for sku in reversed(skus)])
    opening = opening_stock(lines.skus, lines.goods)
    assert [sku for sku in skus if opening[sku] == 3] == [skus[9], skus[19]]
    assert sum(opening.values()) == 18 * 7 + 2 * 3


def test_a_line_that_asks_for_more_than_there_is_changes_nothing_and_the_next_one_may_pass() -> None:
    lines = parse([*NINE, sale("10010", 3), sale("10010", 4), sale("10010", 1)])  # opening: 8 // 2
    expected = expect(lines)
    assert (expected.opening["10010"], expected.left["10010"], expected.refused) == (4, 0, frozenset({11}))


def test_what_was_returned_can_be_sold_again() -> None:
    lines = parse([*NINE, returned("10010", 5), sale("10010", 9)])  # opening: 9 // 2
    expected = expect(lines)
    assert (expected.left["10010"], expected.refused) == (0, frozenset())


def test_damage_is_refused_like_a_sale() -> None:
    lines = parse([*NINE, damage("10010", 1)])  # opening: 1 // 2
    expected = expect(lines)
    assert (expected.left["10010"], expected.refused) == (0, frozenset({10}))


def test_the_digest_is_of_sorted_lines_without_a_newline_at_the_end() -> None:
    assert digest({"85123A": 5, "10002": 0}) == sha256(b"10002,0\n85123A,5").hexdigest()[:16]


@pytest.mark.parametrize(
    ("limit", "refused", "stock"), [(3000, 154, "7d55ec402619b6f8"), (None, 1957, "a372b655273e5de5")]
)
def test_the_numbers_that_the_guide_promises(limit: int | None, refused: int, stock: str) -> None:
    expected = expect(read_lines(limit=limit))
    assert (len(expected.refused), digest(expected.left)) == (refused, stock)
