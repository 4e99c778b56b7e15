from apps.access.api.pages import filtered_values, whole_number
from apps.access.api.views import ApiView, operation
from apps.core.http.operations import Answer, Call
from apps.feed.api import operations
from apps.feed.api.cursors import cursor_at, position_of
from apps.feed.domain.interests import interest_of
from apps.feed.domain.rendering import rendered_for
from apps.feed.queries import events_behind
from apps.feed.types import Interest
from apps.outbox.unit_of_work import reading


class Events(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        interest = interest_in(call)
        cursor = call.params.get("cursor")
        after = None if cursor is None else position_of(cursor, reader)
        limit = whole_number(call.params, "limit", default=operations.DEFAULT_LIMIT, maximum=operations.MAX_LIMIT)
        with reading(call.ctx):
            found = events_behind(reader, interest, after=after, limit=limit)
            shown = rendered_for(reader, found.events, call.ctx.now)
        body = {
            "data": [event.envelope for event in shown],
            "nextCursor": cursor_at(reader.tenant_id, found.up_to),
            "hasMore": found.up_to < found.head,
        }
        return Answer(body=body)


def interest_in(call: Call) -> Interest:
    """Return what the query asks for. Raises what `interest_of` raises."""
    filters = filtered_values(call)
    types = filters.pop("types", ())
    return interest_of(call.ctx.principal, types=types, filters=filters)
