"""Holding a batch and letting it go: wherever it lies, in one call of the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from apps.core.context import PartyType
from apps.core.errors import Forbidden, NotFound, Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.item_locks import lock_item, lock_partners_items
from apps.inventory.domain.movements import BATCH_HOLD
from apps.inventory.events import batch_held, batch_released
from apps.inventory.models import Batch
from apps.inventory.queries.batches import partners_concerned
from apps.inventory.types import MovementFacts
from apps.outbox.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """The batch that is meant: the house's, or a retail partner's; and whether the partners' copies are meant too.

    `downstream` is None where the caller does not say: as far as its right reaches.
    """

    supplier_id: str
    product_id: str
    number: str
    retail_partner_id: str | None
    downstream: bool | None
    reason: str | None
    expected: ExpectedVersion | None


class GaveWay(msgspec.Struct, rename="camel", frozen=True):
    """What a reservation lost."""

    reservation_id: UUID
    quantity: int


class MarkedBatch(msgspec.Struct, rename="camel", frozen=True):
    """A batch of one item as the call left it; `changed` is False where it was so before."""

    retail_partner_id: str | None
    changed: bool
    version: int
    on_hand: int
    displaced: list[GaveWay]


class RecallFacts(msgspec.Struct, rename="camel", frozen=True):
    """What a hold or its end did."""

    supplier_id: str
    product_id: str
    number: str
    held: bool
    reason: str | None
    version: int
    batches: list[MarkedBatch]


def recalled(
    uow: UnitOfWork, recall: Recall, rows: Sequence[Batch], results: Sequence[MovementFacts | Refusal], *, held: bool
) -> RecallFacts:
    """Tell whom it concerns that the kernel held batches or let them go, and return what it did.

    Raises the kernel's refusal of any of them.
    """
    tell = batch_held if held else batch_released
    marked = []
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Refusal):
            raise result
        changed = row.held != held
        if changed:
            partners = _concerned(uow, row) if row.retail_partner_id is None else []
            uow.emit(tell(result.item, row.number, expires_at=row.expires_at, reason=recall.reason, to=partners))
        marked.append(_marked(row, result, changed=changed))
    return RecallFacts(
        supplier_id=recall.supplier_id,
        product_id=recall.product_id,
        number=recall.number,
        held=held,
        reason=recall.reason,
        version=marked[0].version,
        batches=marked,
    )


def batches_meant(uow: UnitOfWork, recall: Recall) -> list[Batch]:
    """Return the batches under the locks of their items: the named one first, then the partners' copies by partner.

    Raises NotFound where the caller sees none, Forbidden for partners' copies that are not the caller's, a version
    conflict for a stale version of the item that is named.
    """
    staff = uow.ctx.principal.party is PartyType.TENANT
    if recall.downstream and not staff:
        raise Forbidden("What retail partners have is theirs and the tenant's to hold.")
    downstream = staff and recall.retail_partner_id is None and recall.downstream is not False
    named = Batch.objects.visible_to(uow.ctx.principal).filter(
        supplier_id=recall.supplier_id, product_id=recall.product_id, number=recall.number
    )
    # The house's lock comes first in the kernel's order, and whoever sends stock to a partner needs it: no copy comes
    # into being between the look and the call.
    item = lock_item(uow, recall.supplier_id, recall.product_id, recall.retail_partner_id)
    rows = list(named.filter(retail_partner_id=recall.retail_partner_id))
    if downstream:
        partners = [
            str(code) for code in named.exclude(retail_partner_id=None).values_list("retail_partner_id", flat=True)
        ]
        lock_partners_items(uow, recall.supplier_id, recall.product_id, partners)
        rows += named.filter(retail_partner_id__in=partners).order_by("retail_partner_id")
    if not rows:
        raise NotFound
    if recall.expected is not None and item is not None:
        recall.expected.check(item.version)
    return rows


def batch_line(row: Batch, kind: str, reason: str | None) -> dict[str, Any]:
    """Return a batch to `hold` or to `unhold` as the kernel reads it."""
    return {
        "type": kind,
        "supplier": row.supplier_id,
        "product": row.product_id,
        "partner": row.retail_partner_id,
        "batch": row.number,
        "reason": reason,
        "rule": BATCH_HOLD.as_json(),
    }


def _concerned(uow: UnitOfWork, row: Batch) -> list[str]:
    return partners_concerned(uow, supplier_id=row.supplier_id, product_id=row.product_id, number=row.number)


def _marked(row: Batch, result: MovementFacts, *, changed: bool) -> MarkedBatch:
    return MarkedBatch(
        retail_partner_id=row.retail_partner_id,
        changed=changed,
        version=result.item.version,
        on_hand=sum(level.on_hand for level in result.item.levels if level.batch == row.number),
        displaced=_gave_way(result),
    )


def _gave_way(result: MovementFacts) -> list[GaveWay]:
    lost: dict[UUID, int] = {}
    for booked in result.transactions:
        if booked.reservation_id is not None:
            lost[booked.reservation_id] = lost.get(booked.reservation_id, 0) - booked.reserved_change
    return [GaveWay(reservation_id=key, quantity=quantity) for key, quantity in lost.items()]
