"""The tenants as whoever runs the platform sees them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Q

from apps.tenancy.models import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantOverview:
    """A tenant, how many of its clients may call, and how many people have a role in it."""

    code: str
    name: str
    status: str
    clients: int
    people: int


def tenant_overviews() -> list[TenantOverview]:
    """Return every tenant, the oldest first; clients that are disabled or past their end are not counted."""
    may_call = Q(applications__disabled_at=None) & (
        Q(applications__expires_at=None) | Q(applications__expires_at__gt=datetime.now(UTC))
    )
    rows = (
        Tenant.objects.order_by("pk")
        .annotate(
            clients=Count("applications", filter=may_call, distinct=True), people=Count("memberships", distinct=True)
        )
        .values("code", "name", "status", "clients", "people")
    )
    return [TenantOverview(**row) for row in rows]
