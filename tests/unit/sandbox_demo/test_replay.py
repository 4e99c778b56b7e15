"""How lines are dealt out, and what is posted for each."""

import pytest

from sandbox.demo.api import Answer
from sandbox.demo.errors import UnexpectedAnswer
from sandbox.demo.lines import Kind, Line, parse
from sandbox.demo.replay import Progress, Target, lanes_of, movement
from tests.unit.sandbox_demo.rows import row

TARGET = Target(supplier_id="DEMO", warehouse_id="MAIN", run="r1")


def line(kind: Kind) -> Line:
    return Line(number=7, sku="85123A", kind=kind, quantity=6, invoice="536365", country="France")


def test_a_sku_stays_in_one_lane_and_in_file_order() -> None:
    goods = parse([row(code=f"1000{place % 7}") for place in range(100)]).goods
    lanes = lanes_of(goods, 3)
    assert sorted(line.number for lane in lanes for line in lane) == list(range(1, 101))
    assert all(lane == sorted(lane, key=lambda line: line.number) for lane in lanes)
    homes = [{line.sku for line in lane} for lane in lanes]
    assert sum(len(home) for home in homes) == 7


def test_lanes_are_about_as_long_as_the_busiest_sku_allows() -> None:
    codes = ["10001"] * 10 + ["10002"] * 4 + ["10003"] * 3 + ["10004"] * 3
    lanes = lanes_of(parse([row(code=code) for code in codes]).goods, 2)
    assert sorted(len(lane) for lane in lanes) == [10, 10]


def test_each_kind_carries_what_the_api_asks_of_it() -> None:
    common = {"quantity": 6, "reference": "536365 France"}
    assert movement(line(Kind.SALE), TARGET) == {"type": "sale", **common}
    assert movement(line(Kind.RETURN), TARGET) == {
        "type": "return",
        "warehouseLocation": "MAIN",
        "reason": "invoice cancelled",
        **common,
    }
    assert movement(line(Kind.DAMAGE), TARGET) == {
        "type": "damage",
        "disposition": "scrap",
        "reason": "written off by the shop",
        **common,
    }


def test_progress_tells_postings_from_refusals() -> None:
    progress = Progress(total=3)
    progress.note(line(Kind.SALE), Answer(201, {}, replayed=False))
    progress.note(line(Kind.SALE), Answer(201, {}, replayed=True))
    progress.note(line(Kind.SALE), Answer(409, {"code": "insufficient_stock"}, replayed=False))
    assert (progress.done, progress.posted, progress.replayed) == (3, 2, 1)
    assert progress.refused == {7: "insufficient_stock"}


@pytest.mark.parametrize("status", [200, 400, 403, 404, 422, 500])
def test_any_other_answer_ends_the_replay(status: int) -> None:
    with pytest.raises(UnexpectedAnswer, match=str(status)):
        Progress(total=1).note(line(Kind.SALE), Answer(status, {"code": "x"}, replayed=False))
