from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.conflicts import lock_policy, refuse_all_but_staff
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(bool)
def delete_conflict_policy(uow: UnitOfWork, supplier_id: str, *, expected: ExpectedVersion | None) -> bool:
    """Go back to the default for a supplier; without the default itself, to the last write wins.

    Raises Forbidden for all but staff, NotFound where there is no policy, and for a stale version.
    """
    refuse_all_but_staff(uow.ctx)
    row = lock_policy(uow, supplier_id)
    if expected is not None:
        expected.check(row.version)
    row.delete()
    return True
