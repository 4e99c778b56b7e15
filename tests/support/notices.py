"""What was told of a tenant's stock, to whom."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.queries.changes import logged_events
from apps.outbox.unit_of_work import as_tenant, reading
from tests.support.api import TestTenant
from tests.support.stock import relay

CROSSINGS = ("inventory.low_stock", "inventory.out_of_stock", "inventory.back_in_stock")
_TOLD = """
    SELECT type, subject, sequence FROM outbox_outboxmessage
    WHERE tenant_id = %(tenant)s AND type = ANY(%(types)s) ORDER BY id"""


def waiting(tenant: TestTenant, types: Collection[str]) -> list[tuple[str, str, int]]:
    """Return type, subject and sequence of the events that wait for the relay, in order."""
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute(_TOLD, {"tenant": tenant.id, "types": list(types)})
        return [(str(kind), str(subject), int(sequence)) for kind, subject, sequence in cursor.fetchall()]


def heard(
    tenant: TestTenant, types: Collection[str], party: PartyType = PartyType.TENANT, code: str = ""
) -> list[tuple[str, dict[str, Any]]]:
    """Return type and data of the events that a party gets, in order."""
    relay()
    reader = Principal(tenant_id=tenant.id, application_id=0, party=party, party_id=code)
    ctx = CallContext(principal=reader, now=datetime.now(UTC), request_id="test")
    got = []
    with reading(ctx):
        for event in logged_events(ctx, after=0, limit=500):
            if event.type in types:
                (data,) = import_string(settings.OUTBOX_RENDERERS[event.type])([event], reader, ctx.now)
                if data is not None:
                    got.append((event.type, data))
    return got
