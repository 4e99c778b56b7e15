"""Is there an order of calls in which the model gives the observed answers? (Wing and Gong's search.)

A call that changes nothing in a state may stand there without loss: whatever explains the others explains them still.
So the search branches over calls that change something, whose answers carry versions, and finds its way at once.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import Any, TypeAlias

from tests.model.calls import Call, Reply, Unexplained, answer
from tests.model.feeds import readings
from tests.model.stock import Stock

Observation: TypeAlias = tuple[Call, Reply]


def explanations(stock: Stock, observed: Sequence[Observation]) -> Iterator[Stock]:
    """Yield the stocks in which calls that were under way at the same time may have ended."""
    left, changed = list(observed), True
    while changed:
        changed = False
        for observation in startable(left):
            if _next(stock, observation) is stock:
                left.remove(observation)
                changed = True
    if not left:
        yield stock
    for observation in startable(left):
        for reading in readings(stock, observation[0]):
            after = _next(reading, observation)
            if after is None:
                continue
            yield from explanations(after, [other for other in left if other is not observation])
    due = stock.unsettled
    for number in range(len(due), 0, -1):  # whoever comes next may take back what has lapsed, on one item or several
        for keys in combinations(due, number):
            yield from explanations(stock.settled(keys), left)


def startable(left: Sequence[Observation]) -> list[Observation]:
    """Return the calls that no other had been answered before."""
    return [one for one in left if not any(other.answered_at < one[1].asked_at for _, other in left)]


def explained(stock: Stock, observed: Sequence[Observation], *, found: Any, expected: Callable[[Stock], Any]) -> Stock:
    """Return the stock that explains what was observed, and of which is expected what was found afterwards.

    Raises AssertionError with everything that was sent, answered and found where there is none.
    """
    wrong = []
    for after in explanations(stock, observed):
        if expected(after) == found:
            return after
        wrong.append(f"explained, but {expected(after)} is expected afterwards and {found} is found")
    raise AssertionError("\n".join([*_story(stock, observed), *wrong]))


def _next(stock: Stock, observation: Observation) -> Stock | None:
    try:
        return answer(stock, *observation)
    except Unexplained:
        return None


def _story(stock: Stock, observed: Sequence[Observation]) -> list[str]:
    lines = ["no order of these calls explains their answers, or what is found afterwards:"]
    for call, reply in observed:
        lines.append(f"  {call}\n    answered {reply.status} {reply.content.decode()[:2000]}")
        try:
            after = answer(stock, call, reply)
            lines.append("    alone it is explained" + (" and changes nothing" if after is stock else ""))
        except Unexplained as why:
            lines.append(f"    alone it is not: {why.args}")
    return [*lines, "in this state:", *(f"  {item}" for item in stock.items.values())]
