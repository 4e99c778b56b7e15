from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings

from apps.core.context import CallContext, PartyType, Principal
from apps.products.commands.sweep_certifications import sweep_certifications
from apps.tenancy.models import Tenant


@shared_task(name="products.sweep_certifications")
def sweep_certifications_of_all_tenants() -> None:
    """Tell of certificates that expire soon or have expired. Readers judge by the day, so being late harms nobody."""
    horizon = timedelta(days=settings.CERTIFICATION_EXPIRING_DAYS)
    for tenant_id in Tenant.objects.values_list("id", flat=True).order_by("id"):
        while sweep_certifications(_call(tenant_id), horizon=horizon).result:
            pass


def _call(tenant_id: int) -> CallContext:
    """Return a call of the system itself on behalf of the tenant."""
    principal = Principal(tenant_id=tenant_id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="")
