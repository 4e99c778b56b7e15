"""Every wrong number is found, and named."""

import pytest

from sandbox.demo.expectation import Expectation
from sandbox.demo.reconcile import Shelf, differences
from sandbox.demo.replay import Progress

EXPECTED = Expectation(opening={"10001": 5, "10002": 0}, left={"10001": 2, "10002": 0}, refused=frozenset({3}))
SHELF = Shelf(left={"10001": 2}, versions={"10001": 4})
TOLD = {"supplier": {"10001": 2}, "France": {"10001": 2}}


def progress(refused: dict[int, str]) -> Progress:
    return Progress(total=4, posted=3, refused=refused)


def test_the_same_numbers_everywhere_are_exact_and_a_sku_without_stock_needs_no_item() -> None:
    assert differences(EXPECTED, SHELF, TOLD, progress({3: "insufficient_stock"})) == []


@pytest.mark.parametrize(
    ("shelf", "told", "refused", "sentence"),
    [
        (Shelf({"10001": 3}, {}), TOLD, {3: "insufficient_stock"}, "10001: the API says 3, calculated 2"),
        (Shelf({}, {}), TOLD, {3: "insufficient_stock"}, "10001: the API says 0, calculated 2"),
        (
            Shelf({"10001": 2, "X": 0}, {}),
            TOLD,
            {3: "insufficient_stock"},
            "X: the API has an item that nobody moved",
        ),
        (
            SHELF,
            {**TOLD, "France": {"10001": 1}},
            {3: "insufficient_stock"},
            "10001: France was told 1 last, calculated 2",
        ),
        (SHELF, {**TOLD, "France": {}}, {3: "insufficient_stock"}, "10001: France was told 0 last, calculated 2"),
        (SHELF, TOLD, {}, "line 3: should have been refused"),
        (
            SHELF,
            TOLD,
            {3: "insufficient_stock", 4: "insufficient_stock"},
            "line 4: refused without reason",
        ),
        (SHELF, TOLD, {3: "insufficient_stock", 4: "invalid_state"}, "line 4: refused with invalid_state"),
    ],
)
def test_each_wrong_number_is_one_sentence(
    shelf: Shelf, told: dict[str, dict[str, int]], refused: dict[int, str], sentence: str
) -> None:
    assert differences(EXPECTED, shelf, told, progress(refused)) == [sentence]


def test_a_bad_signature_is_wrong_too() -> None:
    found = differences(EXPECTED, SHELF, TOLD, progress({3: "insufficient_stock"}), bad_signatures=2)
    assert found == ["2 webhooks had a bad signature"]
