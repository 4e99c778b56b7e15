"""Posting the lines: many at a time, and in file order for each SKU."""

import heapq
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.demo.api import Answer, Api
from sandbox.demo.errors import UnexpectedAnswer
from sandbox.demo.lines import Kind, Line
from sandbox.demo.pace import WIDEST, Pace
from sandbox.demo.parallel import each

LANES = WIDEST
REFUSED = "insufficient_stock"


@dataclass(slots=True)
class Progress:
    """How far the replay is. `refused` maps line numbers to problem codes."""

    total: int
    posted: int = 0
    replayed: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    started_at: float = field(default_factory=time.monotonic)
    ended_at: float | None = None

    @property
    def done(self) -> int:
        """The lines that have their answer."""
        return self.posted + len(self.refused)

    @property
    def seconds(self) -> float:
        """How long the replay took, or has taken until now."""
        return (time.monotonic() if self.ended_at is None else self.ended_at) - self.started_at

    @property
    def per_second(self) -> float:
        """Answered movements a second."""
        return self.done / max(self.seconds, 1e-9)

    def note(self, line: Line, answer: Answer) -> None:
        """Count an answer. Raises UnexpectedAnswer for one that is neither a success nor a refusal."""
        if answer.status == 201:
            self.posted += 1
            self.replayed += answer.replayed
        elif answer.status == 409:
            self.refused[line.number] = answer.code
        else:
            message = f"Line {line.number} ({line.kind} of {line.quantity} {line.sku}): {answer.status} {answer.body}"
            raise UnexpectedAnswer(message)

    def refusals(self) -> Counter[str]:
        """Return how many lines each problem code refused."""
        return Counter(self.refused.values())


@dataclass(frozen=True, slots=True)
class Target:
    """Where the movements go: the supplier's items, into one warehouse, under keys of one run."""

    supplier_id: str
    warehouse_id: str
    run: str


async def replay(api: Api, target: Target, lines: Iterable[Line], progress: Progress, pace: Pace) -> None:
    """Post every line in its turn and note its answer; a refused line changes nothing and the replay goes on."""

    async def run(lane: Sequence[Line]) -> None:
        for line in lane:
            path = f"/v1/inventory/{target.supplier_id}/{line.sku}"
            async with pace.turn():
                answer = await api.post(path, movement(line, target), key=f"{target.run}-line-{line.number}")
            progress.note(line, answer)

    progress.started_at = time.monotonic()
    await each(lanes_of(lines, LANES), run, width=LANES)
    progress.ended_at = time.monotonic()


def movement(line: Line, target: Target) -> dict[str, Any]:
    """Return the body of a line's movement."""
    body = {"type": line.kind.value, "quantity": line.quantity, "reference": f"{line.invoice} {line.country}"}
    match line.kind:
        case Kind.RETURN:
            return {**body, "warehouseLocation": target.warehouse_id, "reason": "invoice cancelled"}
        case Kind.DAMAGE:
            return {**body, "disposition": "scrap", "reason": "written off by the shop"}
        case Kind.SALE:
            return body


def lanes_of(lines: Iterable[Line], count: int) -> list[list[Line]]:
    """Deal the SKUs out to lanes of about equal length; a SKU stays in its lane, in file order."""
    by_sku: dict[str, list[Line]] = {}
    for line in lines:
        by_sku.setdefault(line.sku, []).append(line)
    lanes: list[tuple[int, int, list[Line]]] = [(0, place, []) for place in range(count)]
    for sku in _longest_first(by_sku):
        length, place, lane = heapq.heappop(lanes)
        lane.extend(by_sku[sku])
        heapq.heappush(lanes, (length + len(by_sku[sku]), place, lane))
    return [sorted(lane, key=lambda line: line.number) for _, _, lane in lanes]


def _longest_first(by_sku: Mapping[str, Sequence[Line]]) -> list[str]:
    return sorted(by_sku, key=lambda sku: (-len(by_sku[sku]), sku))
