"""Reading versioned master data: the same for every resource that has a code."""

from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.tenancy.models import MasterData, Tenant

M = TypeVar("M", bound=Model)


def found(rows: QuerySet[M], code: str | UUID | None) -> M:
    """Return the row. Raises NotFound where the queryset, which holds what the caller may see, has no such row."""
    row = None if code is None else rows.filter(pk=code).first()
    if row is None:
        raise NotFound
    return row


def tenant_of_code(code: str) -> Tenant:
    """Return a tenant by its public identifier. Raises NotFound, with the remedy."""
    row = Tenant.objects.filter(code=code).first()
    if row is None:
        raise NotFound(f"There is no tenant {code!r}: make it with `python manage.py tenant create`.")
    return row


def common_facts(row: MasterData) -> dict[str, Any]:
    """Return the members of `MasterDataFacts`."""
    return {
        "status": row.status,
        "attributes": row.attributes,
        "version": row.version,
        "created_at": rfc3339(row.created_at),
        "updated_at": rfc3339(row.updated_at),
    }


@lru_cache(maxsize=10_000)
def tenant_code(tenant_id: int) -> str:
    """Return the tenant's public identifier, which never changes."""
    return Tenant.objects.values_list("code", flat=True).get(pk=tenant_id)
