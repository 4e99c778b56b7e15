"""The last line has the nine names, whatever else it says, and medians are medians."""

import json
from typing import Any

import pytest

from bench.report import json_line, markdown
from bench.runner import choose
from bench.samples import Sample, summarise
from bench.workloads import BESIDE, RATIOS

NAMES = {
    "movement_vs_pgbench",
    "movement_vs_starlette",
    "movement_vs_drf",
    "hot_vs_pgbench64",
    "hot_vs_spread",
    "get_vs_starlette",
    "get_vs_drf",
    "deliveries_vs_naive",
    "p99_naive_vs_ours",
}
_WORKLOADS = sorted({name for ratio in (RATIOS | BESIDE).values() for name in (*ratio.ours, *ratio.theirs)})


def _samples(**rates: list[float]) -> dict[str, list[Sample]]:
    measured = {name: [100.0, 100.0, 100.0] for name in _WORKLOADS} | rates
    return {name: [Sample(per_second=rate, p99_ms=rate) for rate in rounds] for name, rounds in measured.items()}


def _line(**rates: list[float]) -> Any:
    return json.loads(json_line(_samples(**rates)))


def test_the_last_line_is_one_object_with_the_nine_names() -> None:
    text = json_line(_samples())

    assert "\n" not in text
    assert set(json.loads(text)["ratios"]) == NAMES


def test_a_ratio_is_of_medians_and_its_noise_that_of_single_rounds() -> None:
    line = _line(we=[50.0, 200.0, 400.0], Starlette=[100.0, 100.0, 50.0])

    assert line["ratios"]["movement_vs_starlette"] == 2.0
    assert line["noise"]["movement_vs_starlette"] == [0.5, 8.0]


def test_the_best_of_a_side_stands_for_it() -> None:
    line = _line(**{"pgbench, 8 clients": [100.0, 100.0, 100.0], "pgbench, 16 clients": [400.0, 400.0, 400.0]})

    assert line["ratios"]["movement_vs_pgbench"] == 0.25


def test_delays_are_compared_the_other_way_round() -> None:
    assert _line(**{"naive delay": [500.0] * 3, "our delay": [20.0] * 3})["ratios"]["p99_naive_vs_ours"] == 25.0


def test_a_ratio_whose_sides_were_not_measured_is_absent() -> None:
    samples = {name: rounds for name, rounds in _samples().items() if name != "typical DRF"}

    assert set(json.loads(json_line(samples))["ratios"]) == NAMES - {"movement_vs_drf"}


def test_a_summary_has_the_worst_foreign_share() -> None:
    rounds = [Sample(per_second=1.0, foreign=share) for share in (0.1, 0.7, 0.2)]

    assert summarise(rounds).foreign == 0.7


def test_the_page_has_every_ratio_and_every_workload() -> None:
    page = markdown(_samples(), machine="A machine.")

    assert all(f"| {name} |" in page for name in (*RATIOS, *BESIDE, *_WORKLOADS))


@pytest.mark.parametrize(("names", "chosen"), [([], ["a", "b", "ab"]), (["b"], ["b", "ab"]), (["c"], [])])
def test_workloads_are_chosen_by_a_part_of_their_name(names: list[str], chosen: list[str]) -> None:
    known = {name: lambda: Sample(per_second=1.0) for name in ("a", "b", "ab")}

    assert list(choose(known, names)) == chosen
