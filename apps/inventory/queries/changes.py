"""The change feed: the tenant's events of stock, in their dense order."""

from apps.core.context import CallContext
from apps.core.errors import Gone
from apps.outbox.models import FeedDay, FeedHead, LoggedEventRow
from apps.outbox.types import LoggedEvent

# One row without an event where nothing lies behind the position.
_READ = """
    SELECT head.position AS head, logged.*
    FROM (SELECT coalesce(max(h.position), 0) AS position FROM outbox_feedhead h WHERE h.tenant_id = %(tenant)s) head
    LEFT JOIN read_log(%(tenant)s, %(after)s, %(limit)s) logged ON true
    ORDER BY logged.position
"""


def logged_events(ctx: CallContext, *, after: int, limit: int) -> list[LoggedEvent]:
    """Return up to `limit` events behind a position, of every type, so that the caller sees where it stands.

    Raises Gone where the event next to the position is no longer kept: there are newer ones, and a gap before them.
    """
    rows = list(LoggedEventRow.objects.raw(_READ, {"tenant": ctx.tenant_id, "after": after, "limit": limit}))
    head: int = getattr(rows[0], "head")  # noqa: B009 -- a column of the query, and no field
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
        if row.position is not None
    ]
    if after < head and (not events or events[0].position != after + 1):
        raise Gone
    return events


def start_of_log(ctx: CallContext) -> int:
    """Return the position before the first event that is kept, or the last one where none is."""
    first = FeedDay.objects.filter(tenant_id=ctx.tenant_id).order_by("first_position").values_list("first_position")
    head = FeedHead.objects.filter(tenant_id=ctx.tenant_id).values_list("position", flat=True)
    kept = first.first()
    return kept[0] - 1 if kept else head.first() or 0
