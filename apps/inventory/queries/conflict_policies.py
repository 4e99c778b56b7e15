"""Conflict policies: which of the feeds that state absolute values is believed."""

from dataclasses import dataclass

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.inventory.models import ConflictPolicy

# What stands for every supplier that has no policy of its own.
DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictPolicyFacts:
    """A policy as a command leaves it; `supplier_id` is `default` for every supplier without one of its own."""

    supplier_id: str
    policy: str
    priorities: list[str]
    version: int
    updated_at: str


def conflict_policies(ctx: CallContext) -> QuerySet[ConflictPolicy]:
    """Return the tenant's policies, the default's `named` being empty. They are the staff's: others never get here."""
    rows = ConflictPolicy.objects.filter(tenant_id=ctx.tenant_id)
    return rows.annotate(named=Coalesce("supplier_id", Value("")))


def conflict_policy(ctx: CallContext, supplier_id: str) -> ConflictPolicyFacts:
    """Return one policy, or the default's. Raises NotFound where there is none."""
    row = conflict_policies(ctx).filter(supplier_id=stored_supplier(supplier_id)).first()
    if row is None:
        raise NotFound
    return policy_facts(row)


def stored_supplier(supplier_id: str) -> str | None:
    """Return the supplier as the table has it: the default's is null."""
    return None if supplier_id == DEFAULT else supplier_id


def policy_facts(row: ConflictPolicy) -> ConflictPolicyFacts:
    """Return a row as facts."""
    return ConflictPolicyFacts(
        supplier_id=row.supplier_id or DEFAULT,
        policy=row.policy,
        priorities=row.priorities,
        version=row.version,
        updated_at=rfc3339(row.updated_at),
    )
