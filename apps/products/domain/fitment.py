"""Which of the vehicles that somebody states are new, which are known, and which contradict what is known."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.core.errors import FieldError
from apps.core.ids import uuid7
from apps.core.spelling import closed_up, searched, spelled
from apps.core.times import rfc3339
from apps.outbox.unit_of_work import UnitOfWork
from apps.products.types import CompatibilityFacts, Fitment

MAX_ERRORS = 100
_ROWS = 5000
# As a row and a statement have it: the vehicle of the product, years, notes.
Known = tuple[UUID, int, int, str | None]
_KNOWN = """
    SELECT c.vehicle_key, c.year_from, c.year_to, c.notes
    FROM unnest(%s::text[], %s::uuid[]) AS asked(product, vehicle)
    JOIN products_compatibility c
      ON c.tenant_id = %s AND c.product_id = asked.product AND c.vehicle_key = asked.vehicle"""

_STORE = """
    INSERT INTO products_compatibility (tenant_id, created_at, id, product_id, make, model, year_from, year_to, engine,
        trim, position, notes, make_key, model_key, engine_key, vehicle_key)
    SELECT %s, %s, * FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::int[], %s::int[], %s::text[],
        %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[])
    RETURNING NULL"""


@dataclass(slots=True)
class Sorted:
    """Statements, sorted by what they are beside what is known."""

    new: list[Fitment] = field(default_factory=list)
    known: list[Fitment] = field(default_factory=list)
    clashing: list[Fitment] = field(default_factory=list)


def sort_out(known: Iterable[Known], stated: Sequence[Fitment]) -> Sorted:
    """Sort statements, each also beside those before it.

    The same years of the same vehicle with the same notes are known; years that overlap otherwise clash.
    """
    years: dict[UUID, set[tuple[int, int, str | None]]] = defaultdict(set)
    for vehicle, first, last, notes in known:
        years[vehicle].add((first, last, notes))
    found = Sorted()
    for fitment in stated:
        of_vehicle = years[fitment.vehicle_key]
        span = (fitment.year_from, fitment.year_to, fitment.notes)
        if span in of_vehicle:
            found.known.append(fitment)
        elif any(first <= fitment.year_to and fitment.year_from <= last for first, last, _ in of_vehicle):
            found.clashing.append(fitment)
        else:
            of_vehicle.add(span)
            found.new.append(fitment)
    return found


def stored(uow: UnitOfWork, stated: Sequence[Fitment]) -> list[Known]:
    """Return what is stored of the vehicles that statements are about; their products are locked."""
    asked = {fitment.vehicle_key: fitment.product_id for fitment in stated}
    rows = uow.fetch(_KNOWN, [list(asked.values()), list(asked), uow.ctx.tenant_id])
    return [(key, first, last, notes) for key, first, last, notes in rows]


def store(uow: UnitOfWork, new: Sequence[Fitment]) -> list[CompatibilityFacts]:
    """Store vehicles that are new, in their order, and return them."""
    # Those of one millisecond are in no order of their own.
    ids = sorted(uuid7() for _ in new)
    for start in range(0, len(new), _ROWS):
        part = new[start : start + _ROWS]
        columns = zip(*(_row(fitment) for fitment in part), strict=True)
        uow.fetch(
            _STORE, [uow.ctx.tenant_id, uow.ctx.now, ids[start : start + len(part)], *(list(each) for each in columns)]
        )
    return [_facts(uow, id_, fitment) for id_, fitment in zip(ids, new, strict=True)]


def _row(fitment: Fitment) -> tuple[Any, ...]:
    """Return what `_STORE` takes of a statement, in its order."""
    return (
        fitment.product_id,
        fitment.make,
        fitment.model,
        fitment.year_from,
        fitment.year_to,
        fitment.engine,
        fitment.trim,
        fitment.position,
        fitment.notes,
        searched(spelled(fitment.make)),
        searched(spelled(fitment.model)),
        searched(closed_up(fitment.engine or "")),
        fitment.vehicle_key,
    )


def _facts(uow: UnitOfWork, id_: UUID, fitment: Fitment) -> CompatibilityFacts:
    return CompatibilityFacts(
        id=id_,
        product_id=fitment.product_id,
        make=fitment.make,
        model=fitment.model,
        year_from=fitment.year_from,
        year_to=fitment.year_to,
        engine=fitment.engine,
        trim=fitment.trim,
        position=fitment.position,
        notes=fitment.notes,
        created_at=rfc3339(uow.ctx.now),
    )


def places(clashing: Sequence[Fitment], *, code: str, detail: str) -> list[FieldError]:
    """Return where the first of the statements stand, each with the same detail."""
    return [FieldError(code=code, detail=detail, pointer=fitment.pointer) for fitment in clashing[:MAX_ERRORS]]
