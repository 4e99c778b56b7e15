from apps.access.api.pages import filtered_values, whole_number
from apps.access.api.views import ApiView, operation
from apps.access.authentication import bearer_token
from apps.access.principals import checksum_of
from apps.core.http.operations import Answer, Call
from apps.feed.api import operations
from apps.feed.api.cursors import NOW, cursor_at, place_of, position_of
from apps.feed.api.frames import MEDIA_TYPE
from apps.feed.api.handover import may_wait, open_stream
from apps.feed.domain.interests import interest_of
from apps.feed.domain.rendering import rendered_for
from apps.feed.queries import events_behind, refuse_dropped
from apps.feed.types import Interest, Subscription
from apps.outbox.unit_of_work import reading


class Events(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        interest = interest_in(call)
        limit = whole_number(call.params, "limit", default=operations.DEFAULT_LIMIT, maximum=operations.MAX_LIMIT)
        waiting = may_wait(call)
        with reading(call.ctx):
            found = events_behind(reader, interest, after=place_of(call), limit=limit)
            shown = rendered_for(reader, found.events, call.ctx.now)
        if not shown and found.up_to >= found.head:
            waiting.empty_behind = found.up_to
        body = {
            "data": [event.envelope for event in shown],
            "nextCursor": cursor_at(reader.tenant_id, found.up_to),
            "hasMore": found.up_to < found.head,
        }
        return Answer(body=body)


class EventStream(ApiView):
    media_types = (MEDIA_TYPE, "text/*", "*/*")

    @operation(operations.STREAM)
    def get(self, call: Call) -> Answer:
        reader = call.ctx.principal
        interest = interest_in(call)
        # What a browser sends when it comes back; the parameter is for those who begin somewhere.
        last, name = call.request.headers.get("Last-Event-ID"), "Last-Event-ID"
        if last is None:
            last, name = call.params.get("cursor"), "cursor"
        after = None
        if last not in (None, NOW):
            after = position_of(last, reader, parameter=name)
            with reading(call.ctx):
                refuse_dropped(reader, after)
        token = checksum_of(bearer_token(call.request))
        open_stream(call, Subscription(principal=reader, token=token, interest=interest, after=after))
        return Answer(body=None)


def interest_in(call: Call) -> Interest:
    """Return what the query asks for. Raises what `interest_of` raises."""
    filters = filtered_values(call)
    types = filters.pop("types", ())
    return interest_of(call.ctx.principal, types=types, filters=filters)
