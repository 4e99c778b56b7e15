"""What the stock must be in the end, worked out line by line in file order, with nothing of the product's code."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from sandbox.demo.lines import Kind, Line, Lines

# Every tenth SKU starts with half of what it will be asked for, so that refusals are real.
SHORT_EVERY = 10


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a correct system ends with: opening and final stock per SKU, and the numbers of the lines it refuses."""

    opening: Mapping[str, int]
    left: Mapping[str, int]
    refused: frozenset[int]


def expect(lines: Lines) -> Expectation:
    """Work out the whole replay: a line that asks for more than there is changes nothing."""
    opening = opening_stock(lines.skus, lines.goods)
    left = dict(opening)
    refused: set[int] = set()
    for line in lines.goods:
        if line.kind is Kind.RETURN:
            left[line.sku] += line.quantity
        elif line.quantity <= left[line.sku]:
            left[line.sku] -= line.quantity
        else:
            refused.add(line.number)
    return Expectation(opening=opening, left=left, refused=frozenset(refused))


def opening_stock(skus: Iterable[str], goods: Iterable[Line]) -> dict[str, int]:
    """Return what each of the sorted `skus` starts with: all it will be asked for, every tenth half, rounded down."""
    asked: Counter[str] = Counter()
    for line in goods:
        if line.kind is not Kind.RETURN:
            asked[line.sku] += line.quantity
    return {sku: asked[sku] // 2 if place % SHORT_EVERY == 0 else asked[sku] for place, sku in enumerate(skus, start=1)}


def digest(left: Mapping[str, int]) -> str:
    """Return sixteen hex digits that two runs share if, and only if, all their final stock is the same."""
    text = "\n".join(f"{sku},{left[sku]}" for sku in sorted(left))
    return sha256(text.encode()).hexdigest()[:16]
