from datetime import datetime
from typing import Any

from apps.access.api.pages import whole_number
from apps.access.api.views import ApiView, operation
from apps.core.context import Principal
from apps.core.envelopes import envelope
from apps.core.http.operations import Answer, Call
from apps.core.http.pages import read_position, sign_position
from apps.inventory.api import operations
from apps.inventory.api.events import render_updates
from apps.inventory.queries.changes import logged_events
from apps.outbox.types import LoggedEvent
from apps.outbox.unit_of_work import reading
from apps.tenancy.queries import tenant_code

_TYPE = "inventory.updated"
_DEFAULT_LIMIT = 100
_MAX_LIMIT = 500


class InventoryChanges(ApiView):
    @operation(operations.CHANGES)
    def get(self, call: Call) -> Answer:
        principal = call.ctx.principal
        # A cursor belongs to the tenant's log, so every client of the tenant may go on from it.
        scope = f"changes|{principal.tenant_id}"
        cursor = call.params.get("cursor")
        after = int(read_position(cursor, scope=scope, parameter="cursor")[0]) if cursor is not None else 0
        limit = whole_number(call.params, "limit", default=_DEFAULT_LIMIT, maximum=_MAX_LIMIT)
        with reading(call.ctx):
            events = logged_events(call.ctx, after=after, limit=limit + 1)
            data = _rendered(events[:limit], principal, call.ctx.now)
        last = events[:limit][-1].position if events else after
        body = {"data": data, "nextCursor": sign_position([last], scope=scope), "hasMore": len(events) > limit}
        return Answer(body=body)


def _rendered(events: list[LoggedEvent], reader: Principal, now: datetime) -> list[dict[str, Any]]:
    updates = [event for event in events if event.type == _TYPE]
    code = tenant_code(reader.tenant_id)
    return [
        envelope(
            event_id=event.event_id,
            event_type=event.type,
            subject=event.subject,
            sequence=event.sequence,
            occurred_at=event.occurred_at,
            tenant_code=code,
            data=data,
        )
        for event, data in zip(updates, render_updates(updates, reader, now), strict=True)
        if data is not None
    ]
