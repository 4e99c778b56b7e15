from apps.core.preconditions import ExpectedVersion
from apps.inventory.domain.conflicts import lock_policy, refuse_all_but_staff
from apps.inventory.queries.conflict_policies import ConflictPolicyFacts, policy_facts
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(ConflictPolicyFacts)
def replace_conflict_policy(
    uow: UnitOfWork, supplier_id: str, *, policy: str, priorities: list[str], expected: ExpectedVersion | None
) -> ConflictPolicyFacts:
    """Say anew by which rule the feeds of a supplier are believed; what was booked or is open stays.

    Raises Forbidden for all but staff, NotFound where there is no policy, and for a stale version.
    """
    refuse_all_but_staff(uow.ctx)
    row = lock_policy(uow, supplier_id)
    if expected is not None:
        expected.check(row.version)
    row.policy, row.priorities = policy, priorities
    row.version += 1
    row.updated_at = uow.ctx.now
    row.save(force_update=True, update_fields=["policy", "priorities", "version", "updated_at"])
    return policy_facts(row)
