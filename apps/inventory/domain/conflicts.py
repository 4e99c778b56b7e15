"""Conflict policies: the staff's alone to see and to set."""

from collections.abc import Sequence

from apps.core.context import CallContext
from apps.core.errors import FieldError, Forbidden, NotFound, ValidationFailed
from apps.inventory.models import ConflictPolicy
from apps.inventory.queries.conflict_policies import conflict_policies, stored_supplier
from apps.outbox.unit_of_work import UnitOfWork


def refuse_all_but_staff(ctx: CallContext) -> None:
    """Raise Forbidden for everybody but the tenant's staff."""
    if not ctx.principal.is_staff:
        raise Forbidden("Conflict policies are the staff's.")


def check_priorities(policy: str, priorities: Sequence[str]) -> None:
    """Refuse priorities that decide nothing: none where they are asked for, some where not, a source twice.

    Raises ValidationFailed.
    """
    if (policy == ConflictPolicy.SOURCE_PRIORITY) != bool(priorities):
        raise _invalid("sourcePriority, and nothing else, needs priorities: the sources, the most trusted first.")
    if len(set(priorities)) != len(priorities):
        raise _invalid("A source has one place in the priorities.")


def lock_policy(uow: UnitOfWork, supplier_id: str) -> ConflictPolicy:
    """Return a policy, locked. Raises NotFound where there is none."""
    rows = conflict_policies(uow.ctx).select_for_update(of=("self",), no_key=True)
    row = rows.filter(supplier_id=stored_supplier(supplier_id)).first()
    if row is None:
        raise NotFound
    return row


def _invalid(detail: str) -> ValidationFailed:
    return ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/priorities")])
