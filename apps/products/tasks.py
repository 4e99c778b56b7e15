from datetime import timedelta

from celery import shared_task
from django.conf import settings

from apps.products.commands.sweep_certifications import sweep_certifications
from apps.tenancy.everywhere import for_each_tenant, system_call


@shared_task(name="products.sweep_certifications")
def sweep_certifications_of_all_tenants() -> None:
    """Tell of certificates that expire soon or have expired. Readers judge by the day, so being late harms nobody."""
    for_each_tenant(_sweep_certifications)


def _sweep_certifications(tenant_id: int) -> None:
    horizon = timedelta(days=settings.CERTIFICATION_EXPIRING_DAYS)
    while sweep_certifications(system_call(tenant_id), horizon=horizon).result:
        pass
