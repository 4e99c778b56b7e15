from datetime import timedelta

from django.db.models import Q

from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.events import certification_told
from apps.products.models import Certification
from apps.products.queries.certifications import certification_facts

_AT_ONCE = 500


@use_case(int)
def sweep_certifications(uow: UnitOfWork, *, horizon: timedelta) -> int:
    """Tell of certificates that expire within the horizon or have expired, each once; returns how many, at most 500.

    What another sweep holds is left to it, and what it has told is judged by the row as it then is: two sweeps at the
    same moment tell once.
    """
    today = uow.ctx.now.date()
    rows = Certification.objects.filter(tenant_id=uow.ctx.tenant_id)
    due = rows.filter(
        Q(valid_to__lt=today) & ~Q(told=Certification.EXPIRED)
        | Q(valid_to__gte=today, valid_to__lte=today + horizon, told="")
    )
    found = list(due.order_by("valid_to", "pk").select_for_update(skip_locked=True)[:_AT_ONCE])
    for row in found:
        expired = row.valid_to is not None and row.valid_to < today
        row.told = Certification.EXPIRED if expired else Certification.EXPIRING
        row.version += 1
        row.updated_at = uow.ctx.now
        uow.emit(certification_told(certification_facts(row, today)))
    Certification.objects.bulk_update(found, ["told", "version", "updated_at"])
    return len(found)
