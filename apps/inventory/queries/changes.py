"""The change feed: the tenant's events of stock, in their dense order."""

from apps.core.context import CallContext
from apps.core.errors import Gone
from apps.outbox.models import LoggedEventRow
from apps.outbox.types import LoggedEvent


def logged_events(ctx: CallContext, *, after: int, limit: int) -> list[LoggedEvent]:
    """Return up to `limit` events behind a position, of every type, so that the caller sees where it stands.

    Raises Gone where events behind the position have already been dropped.
    """
    rows = LoggedEventRow.objects.filter(tenant_id=ctx.tenant_id, position__gt=after).order_by("position")[:limit]
    events = [
        LoggedEvent(
            tenant_id=row.tenant_id,
            position=row.position,
            event_id=row.event_id,
            type=row.type,
            subject=row.subject,
            sequence=row.sequence,
            facts=row.facts,
            occurred_at=row.occurred_at,
        )
        for row in rows
    ]
    if after > 0 and events and events[0].position != after + 1:
        raise Gone
    return events
