"""The life of a transfer: which step follows which, who may take it, and how its end is told."""

from enum import StrEnum

from apps.core.context import PartyType, Principal
from apps.core.errors import Forbidden, InvalidState
from apps.core.preconditions import ExpectedVersion
from apps.inventory.models import Transfer, TransferParcel
from apps.inventory.queries.transfers import Content, TransferFacts, contents_of, transfer_facts, transfers
from apps.outbox.types import Event
from apps.outbox.unit_of_work import UnitOfWork
from apps.tenancy.domain import master_data


class Step(StrEnum):
    """What is done to a transfer after it was planned."""

    SHIP = "ship"
    RECEIVE = "receive"
    CANCEL = "cancel"


# The statuses from which each step may be taken.
TRANSITIONS: dict[Step, frozenset[str]] = {
    Step.SHIP: frozenset({Transfer.PLANNED}),
    Step.RECEIVE: frozenset({Transfer.IN_TRANSIT}),
    Step.CANCEL: frozenset({Transfer.PLANNED, Transfer.IN_TRANSIT}),
}
_EVENTS = {Step.SHIP: "transfer.shipped", Step.RECEIVE: "transfer.received", Step.CANCEL: "transfer.cancelled"}
_COUNTED = ("shipped", "received", "damaged", "over", "short", "returned")


def begin(
    uow: UnitOfWork, transfer_id: str, step: Step, expected: ExpectedVersion | None
) -> tuple[Transfer, list[Content]]:
    """Return a transfer that the caller may take a step with now, locked, and what it moves.

    Every step locks the transfer first and then, in one call of the kernel, its items: two steps never wait for each
    other in a circle. Raises NotFound, Forbidden, a version conflict or InvalidState, in this order.
    """
    row = master_data.lock(transfers(uow.ctx), transfer_id)
    if not _may(uow.ctx.principal, row, step):
        raise Forbidden("A party ships and cancels transfers between its own warehouses, and receives into them.")
    if expected is not None:
        expected.check(row.version)
    if row.status not in TRANSITIONS[step]:
        allowed = [each.value for each in Step if row.status in TRANSITIONS[each]]
        raise InvalidState(f"The transfer is {row.status}.", currentStatus=row.status, allowed=allowed)
    return row, contents_of(row)


def finish(uow: UnitOfWork, step: Step, row: Transfer, contents: list[Content]) -> TransferFacts:
    """Write a transfer as a step has left it, under the next version, and tell of it."""
    parcels = [parcel for content in contents for parcel in content.parcels]
    TransferParcel.objects.bulk_update([parcel for parcel in parcels if parcel.pk is not None], _COUNTED)
    TransferParcel.objects.bulk_create([parcel for parcel in parcels if parcel.pk is None])
    master_data.change(
        uow,
        row,
        expected=None,
        status=row.status,
        expected_at=row.expected_at,
        shipped_at=row.shipped_at,
        closed_at=row.closed_at,
    )
    facts = transfer_facts(row, contents)
    uow.emit(Event(_EVENTS[step], row.pk, row.version, _event_facts(facts)))
    return facts


def _may(principal: Principal, row: Transfer, step: Step) -> bool:
    """Tell whether a party that sees a transfer may take a step: what is received is the destination's to say."""
    match principal.party:
        case PartyType.TENANT:
            return True
        case PartyType.SUPPLIER:
            return row.to_partner_id is None
        case PartyType.RETAIL_PARTNER:
            return row.to_partner_id == principal.party_id and (
                step is Step.RECEIVE or row.from_partner_id == principal.party_id
            )


def _event_facts(facts: TransferFacts) -> dict[str, object]:
    """Return the facts with what webhooks filter by; no supplier where it is of several."""
    return {
        "supplierId": facts.supplier_id,
        "products": sorted({item.product_id for item in facts.items}),
        "warehouses": [facts.from_warehouse, facts.to_warehouse],
        "transfer": facts,
    }
