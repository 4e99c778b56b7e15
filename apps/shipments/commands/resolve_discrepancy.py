from apps.core.context import PartyType
from apps.core.errors import Forbidden
from apps.core.preconditions import ExpectedVersion
from apps.orders.errors import NotNow
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.shipments.domain.receipt import tell_discrepancy
from apps.shipments.models import Discrepancy
from apps.shipments.queries import discrepancies, discrepancy_facts
from apps.shipments.types import DiscrepancyFacts
from apps.tenancy.domain import master_data


@use_case(DiscrepancyFacts)
def resolve_discrepancy(
    uow: UnitOfWork, discrepancy_id: str, *, accepted: bool, note: str | None, expected: ExpectedVersion | None
) -> DiscrepancyFacts:
    """Settle where the parties differ: the supplier, or staff, accepts the receiver's word or rejects it.

    Nothing is booked: the receiver's stock is what it said, and what it owes is between the parties.
    """
    row = master_data.lock(discrepancies(uow.ctx), discrepancy_id)
    if uow.ctx.principal.party is PartyType.RETAIL_PARTNER:
        raise Forbidden("Who received says what arrived; who sent accepts it or not.")
    if expected is not None:
        expected.check(row.version)
    if row.status != Discrepancy.OPEN:
        raise NotNow(currentStatus=row.status, allowed=[])
    master_data.change(
        uow,
        row,
        expected=None,
        status=Discrepancy.ACCEPTED if accepted else Discrepancy.REJECTED,
        resolution=note,
        resolved_at=uow.ctx.now,
    )
    tell_discrepancy(uow, row, "discrepancy.resolved")
    return discrepancy_facts(row)
