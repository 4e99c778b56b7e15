"""Lists of movements: in opposite order, over each other, with bad lines, beside single callers."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.support.api import TestTenant
from tests.support.crowd import Crowd, Reply, Sent, batch, posting, refusals, statuses
from tests.support.interleaving import Hold
from tests.support.stock import Given

pytestmark = pytest.mark.xdist_group("live")

_BUSY = {(409, "concurrent_update"), (409, "idempotency_in_progress")}


def test_lists_in_opposite_order_neither_deadlock_nor_fail(given: Given, crowd: Crowd) -> None:
    """Lines lock in the order in which they stand: (A, B) and (B, A) wait for each other, and one dies of it."""
    items = [given.stocked(1000, product=f"P{number}") for number in range(6)]
    lines = [item.entry("sale", 1) for item in items]
    replies = crowd.send([batch(items[0], lines[:: 1 if number % 2 else -1]) for number in range(32)])
    assert statuses(replies) == {200: 32}
    assert [item.balances[0] for item in items] == [968] * 6


def test_whatever_its_order_a_list_takes_the_first_item_before_the_second(
    given: Given, crowd: Crowd, hold: Hold
) -> None:
    """The order of locks follows the order of lines: shown without luck, by who holds what while both lists wait."""
    first, second = (given.stocked(10, product=product) for product in ("A", "B"))
    lines = [first.entry("sale", 1), second.entry("sale", 1)]
    hold.item(first)
    waiting = [crowd.begin(batch(first, lines), process=0), crowd.begin(batch(first, lines[::-1]), process=1)]
    hold.wait_for(2)
    hold.item(second)  # nobody has it: both wait for the first
    hold.let_go()
    assert statuses([each.result() for each in waiting]) == {200: 2}
    assert [item.balances[0] for item in (first, second)] == [8, 8]


def test_lists_of_1000_lines_over_each_other_and_50_single_callers(given: Given, crowd: Crowd, hold: Hold) -> None:
    """A bulk change dies of a deadlock with its twin and leaves half of itself, or refuses single callers for good."""
    items = [given.stocked(10_000, product=f"P{number}") for number in range(8)]
    lines = [items[number % 8].entry("sale", 1) for number in range(1000)]
    requests = []
    for number in range(3):
        Random(number).shuffle(lines)
        requests.append(batch(items[0], lines))
    requests += [posting(items[number % 8], "reservation", 1) for number in range(50)]
    hold.item(items[0])
    first = crowd.begin(requests[0])
    hold.wait_for(1)
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(crowd.send, requests[1:])
        hold.wait_for(2, at_least=True)  # single callers stand behind the list, and other lists behind them
        hold.let_go()
        replies = [first.result(), *others.result()]
    _repeat_what_was_busy(crowd, requests, replies)
    assert statuses(replies) == {200: 3, 201: 50}
    sold, held = 3 * 125, [7, 7, 6, 6, 6, 6, 6, 6]
    assert [item.balances for item in items] == [(10_000 - sold, r, 0, 10_000 - sold - r) for r in held]
    assert [item.version for item in items] == [1 + sold + r for r in held]


def test_single_callers_pass_by_a_list_that_holds_other_items(
    given: Given, other_tenant: TestTenant, crowd: Crowd, hold: Hold
) -> None:
    """Callers of items that a long list holds wait in front of everybody else, and are told 503 instead of 409."""
    held = [given.stocked(10, product=f"HELD{number}") for number in range(20)]
    free = [given.stocked(100, product="FREE"), Given(other_tenant).stocked(100)]
    for item in held:
        hold.item(item)
    crowded = Crowd(crowd.base, heard=crowd.heard)  # all in one process
    requests = [posting(item, "sale", 1) for item in held]
    waiting = [crowded.begin(request) for request in requests]
    hold.wait_for(1, at_least=True)
    passing = crowded.send([posting(free[number % 2], "sale", 1) for number in range(10)])
    hold.let_go()
    assert statuses(passing) == {201: 10}
    replies = [each.result() for each in waiting]
    _repeat_what_was_busy(crowd, requests, replies)
    assert statuses(replies) == {201: 20}
    assert [item.balances[0] for item in (*held, *free)] == [9] * 20 + [95, 95]


def _repeat_what_was_busy(crowd: Crowd, requests: list[Sent], replies: list[Reply]) -> None:
    """Send again what was refused because others were busy, as the refusal advises, and put the replies in place."""
    for _ in range(20):
        busy = [number for number, reply in enumerate(replies) if reply.status >= 400]
        assert set(refusals(replies)) <= _BUSY
        assert all("retry-after" in replies[number].headers for number in busy)
        if not busy:
            break
        again = crowd.send([requests[number] for number in busy])
        for number, reply in zip(busy, again, strict=True):
            replies[number] = reply


def test_bad_lines_of_a_partial_list_disturb_no_other(given: Given, crowd: Crowd) -> None:
    """One bad line spoils the list, or the results are told of other lines than those that they are about."""
    item, other = given.stocked(8), given.stocked(100, product="P2")
    lines = [
        other.entry("sale", 1),
        item.entry("sale", 1),
        {**item.entry("sale", 1), "productId": "NONE"},
        item.entry("sale", 1),  # the same pair again: it sees what the line above it did
        other.entry("sale", 1000),
        item.entry("reservation", 7),  # eight lie there: never after two sales
        other.entry("sale", 1),
    ]
    replies = crowd.send([batch(item, lines, mode="partial") for _ in range(8)])
    assert statuses(replies) == {200: 8}
    told = [[_outcome(result) for result in reply.json["results"]] for reply in replies]
    bad = ["not_found", "insufficient_stock", "insufficient_stock"]
    full = ["posted", "posted", bad[0], "posted", bad[1], bad[2], "posted"]
    empty = ["posted", bad[2], bad[0], bad[2], bad[1], bad[2], "posted"]
    assert sorted(told, key=str) == sorted([full] * 4 + [empty] * 4, key=str)
    assert [[result["index"] for result in reply.json["results"]] for reply in replies] == [list(range(7))] * 8
    assert (item.balances, other.balances) == ((0, 0, 0, 0), (84, 0, 0, 84))


def _outcome(result: dict[str, object]) -> object:
    problem = result.get("problem")
    return problem["code"] if isinstance(problem, dict) else result["status"]
