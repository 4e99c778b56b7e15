"""What each line of the shop's file means."""

from collections.abc import Mapping

import pytest

from sandbox.demo.lines import Kind, Line, parse, read_lines
from tests.unit.sandbox_demo.rows import row


def the_line(fields: Mapping[str, str]) -> Line:
    (line,) = parse([fields]).goods
    return line


@pytest.mark.parametrize(
    ("invoice", "quantity", "kind"),
    [
        ("536365", "6", Kind.SALE),
        ("C536379", "-6", Kind.RETURN),
        ("C536379", "6", Kind.RETURN),
        ("536589", "-6", Kind.DAMAGE),
    ],
)
def test_the_invoice_and_the_sign_tell_the_movement_and_quantities_are_positive(
    invoice: str, quantity: str, kind: Kind
) -> None:
    line = the_line(row(invoice=invoice, quantity=quantity))
    assert (line.kind, line.quantity) == (kind, 6)


@pytest.mark.parametrize("code", ["POST", "M", "D", "C2", "DOT", "gift_0001_20", "1234", "a12345"])
def test_only_codes_that_start_with_five_digits_are_goods(code: str) -> None:
    lines = parse([row(code=code)])
    assert (lines.goods, lines.skipped, lines.skus) == ((), 1, ())


def test_a_line_that_moves_nothing_is_skipped() -> None:
    lines = parse([row(quantity="0")])
    assert (lines.goods, lines.skipped) == ((), 1)


def test_skus_are_case_sensitive_and_sorted() -> None:
    assert parse([row(code="85123a"), row(code="85123A"), row(code="10002")]).skus == ("10002", "85123A", "85123a")


def test_skipped_lines_keep_their_numbers() -> None:
    lines = parse([row(), row(code="POST"), row()])
    assert [line.number for line in lines.goods] == [1, 3]


def test_a_product_is_called_by_its_first_description_and_by_its_sku_without_one() -> None:
    lines = parse(
        [
            row(code="10002", description=" "),
            row(code="10002", description="BALLOON "),
            row(code="10003", description=""),
        ]
    )
    assert lines.names == {"10002": "BALLOON", "10003": "10003"}


def test_countries_come_with_the_busiest_first() -> None:
    lines = parse([row(country="EIRE"), row(country="France"), row(country="France")])
    assert lines.countries == ("France", "EIRE")


def test_the_vendored_file_is_the_one_that_the_numbers_in_the_guide_are_about() -> None:
    lines = read_lines()
    assert (len(lines.goods), lines.skipped, len(lines.skus), len(lines.countries)) == (49_825, 237, 2_863, 24)
