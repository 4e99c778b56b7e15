from apps.access.api.pages import whole_number
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.feed.api.cursors import cursor_at, place_of
from apps.feed.api.handover import may_wait
from apps.feed.domain.rendering import rendered_for
from apps.inventory.api import operations
from apps.inventory.queries.changes import logged_events, start_of_log
from apps.outbox.unit_of_work import reading

_TYPE = "inventory.updated"
_DEFAULT_LIMIT = 100
_MAX_LIMIT = 500


class InventoryChanges(ApiView):
    @operation(operations.CHANGES)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        limit = whole_number(call.params, "limit", default=_DEFAULT_LIMIT, maximum=_MAX_LIMIT)
        waiting = may_wait(call)
        with reading(call.ctx):
            given = place_of(call)
            after = start_of_log(call.ctx) if given is None else given
            events = logged_events(call.ctx, after=after, limit=limit + 1)
            updates = [event for event in events[:limit] if event.type == _TYPE]
            shown = rendered_for(reader, updates, call.ctx.now)
        last = events[:limit][-1].position if events else after
        if not shown and len(events) <= limit:
            waiting.empty_behind = last
        body = {
            "data": [event.envelope for event in shown],
            "nextCursor": cursor_at(reader.tenant_id, last),
            "hasMore": len(events) > limit,
        }
        return Answer(body=body)
