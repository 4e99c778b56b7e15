"""What commands do to reservations that are there: lines for the kernel, and the checks around them."""

from uuid import UUID

from msgspec.structs import replace

from apps.core.errors import Forbidden, Refusal
from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain import kernel
from apps.inventory.domain.movements import Rule
from apps.inventory.domain.reserved import reservation_status
from apps.inventory.errors import ReservationEnded
from apps.inventory.queries.reservations import items_for, reservation
from apps.inventory.types import MovementFacts, ReservationFacts, ReservationStatus, ReservedItemFacts
from apps.outbox.unit_of_work import UnitOfWork

_NOW = "SELECT clock_timestamp()"


def lines_for(
    uow: UnitOfWork, reservation_id: UUID | None, *, kind: str, rule: Rule, whole: bool
) -> tuple[ReservationFacts, list[kernel.Line]]:
    """Return a reservation, and a line about each of its items that is the caller's.

    `whole` refuses a caller to whom only some of them belong. Raises NotFound where it is absent or invisible.
    """
    facts = reservation(uow.ctx, reservation_id)
    items = items_for(facts, uow.ctx.principal)
    if whole and len(items) < len(facts.items):
        raise Forbidden("A reservation of several suppliers' stock is not one supplier's to change.")
    return facts, [line_about(facts, item, kind=kind, rule=rule) for item in items]


def line_about(facts: ReservationFacts, item: ReservedItemFacts, *, kind: str, rule: Rule) -> kernel.Line:
    """Return a line about what a reservation holds of one item."""
    return {
        "type": kind,
        "supplier": item.supplier_id,
        "product": item.product_id,
        "partner": item.retail_partner_id,
        "reservation": facts.reservation_id,
        "reference": facts.reference,
        "rule": rule.as_json(),
    }


def left(uow: UnitOfWork, reservation_id: UUID) -> ReservationFacts:
    """Return a reservation as the kernel has just left it; its items are locked."""
    return replace(kernel.reservation_facts(uow, reservation_id), at=uow.ctx.now)


def check_version(facts: ReservationFacts, expected: ExpectedVersion | None, *, changed: bool) -> None:
    """Raise a version conflict unless the reservation was expected as it was before this call changed it, if it did.

    It is said before whatever else is wrong, and of the version that the locks hold.
    """
    if expected is not None:
        expected.check(facts.version - changed)


def check_not_ended(uow: UnitOfWork, facts: ReservationFacts, expected: ExpectedVersion | None) -> None:
    """Refuse, before any lock, what nothing can bring back.

    The kernel would first take back whatever has lapsed on the items, and the refusal would undo it: each caller of
    many lapsed reservations of one item would do that work again, under its lock. Raises a version conflict, or
    InvalidState.
    """
    if reservation_status(facts, at=uow.ctx.now) is ReservationStatus.HELD:
        return
    now = uow.fetch(_NOW, [])[0][0]  # the database's clock decides, as in the kernel
    if reservation_status(facts, at=now) is not ReservationStatus.HELD:
        if expected is not None:
            expected.check(facts.version)
        raise refuse_ended(replace(facts, at=now))


def refuse_ended(facts: ReservationFacts) -> ReservationEnded:
    """Return the refusal of something that needs a reservation which is held."""
    return ReservationEnded(reservationStatus=reservation_status(facts, at=facts.at or facts.created_at))


def was_done(result: MovementFacts | Refusal) -> bool:
    """True for a line that booked something."""
    return not isinstance(result, Refusal) and bool(result.transactions)
