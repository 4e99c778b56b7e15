"""Check a tenant's books and write down what was found."""

import time
from dataclasses import asdict
from itertools import islice

from apps.core.errors import Unavailable
from apps.inventory.models import IntegrityReport
from apps.inventory.queries.books import rules_checked_within
from apps.inventory.queries.integrity import integrity_facts
from apps.inventory.types import IntegrityFacts
from apps.outbox.unit_of_work import UnitOfWork, use_case

KEPT = 90
_SHOWN = 20
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('check_integrity', %s))"


@use_case(IntegrityFacts)
def check_integrity(uow: UnitOfWork) -> IntegrityFacts:
    """Check the books of the call's tenant, keep the report with the 89 before it, and drop what is older.

    Raises Unavailable while another check of the same tenant runs.
    """
    tenant_id = uow.ctx.tenant_id
    if uow.fetch(_LOCK, [tenant_id]) != [(True,)]:
        raise Unavailable("The books are being checked; ask again for what is found.")
    started = time.monotonic()
    rules = [
        {
            "rule": checked.rule,
            "wrong": len(checked.wrong),
            "discrepancies": [asdict(each) for each in islice(checked.wrong, _SHOWN)],
        }
        for checked in rules_checked_within(tenant_id)
    ]
    report = IntegrityReport.objects.create(
        tenant_id=tenant_id,
        checked_at=uow.ctx.now,
        seconds=time.monotonic() - started,
        balanced=not any(rule["wrong"] for rule in rules),
        rules=rules,
    )
    reports = IntegrityReport.objects.filter(tenant_id=tenant_id)
    reports.filter(pk__in=reports.order_by("-id").values("pk")[KEPT:]).delete()
    return integrity_facts(report)
