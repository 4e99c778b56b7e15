from django.db import IntegrityError

from apps.core.errors import AlreadyExistsPrecondition, ConcurrentUpdate
from apps.inventory.domain.conflicts import refuse_all_but_staff
from apps.inventory.models import ConflictPolicy
from apps.inventory.queries.conflict_policies import ConflictPolicyFacts, policy_facts, stored_supplier
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.suppliers.queries import suppliers
from apps.tenancy.queries import found

_TAKEN = "23505"


@use_case(ConflictPolicyFacts)
def create_conflict_policy(
    uow: UnitOfWork, supplier_id: str, *, policy: str, priorities: list[str]
) -> ConflictPolicyFacts:
    """Say by which rule the feeds of a supplier are believed, on the caller's condition that nothing was said yet.

    Raises Forbidden for all but staff, NotFound for the supplier, AlreadyExistsPrecondition where there is a policy.
    """
    refuse_all_but_staff(uow.ctx)
    supplier = stored_supplier(supplier_id)
    if supplier is not None:
        found(suppliers(uow.ctx), supplier)
    row = ConflictPolicy(
        tenant_id=uow.ctx.tenant_id,
        supplier_id=supplier,
        policy=policy,
        priorities=priorities,
        updated_at=uow.ctx.now,
    )
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        if getattr(error.__cause__, "sqlstate", None) == _TAKEN:
            raise AlreadyExistsPrecondition(value=supplier_id) from error
        raise ConcurrentUpdate from error  # the supplier was deleted meanwhile
    return policy_facts(row)
