from apps.core.http.operations import Operation, Parameter
from apps.feed.api.filters import EventFilter
from apps.feed.api.handover import WAIT
from apps.feed.api.schemas import EventsPage

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

CURSOR = Parameter(
    "cursor",
    {"type": "string", "maxLength": 200},
    "`nextCursor` of the previous answer; `now` for what comes after this moment, to read everything once and go on "
    "from there. A cursor of the change feed or an id of the live stream serves as well.",
)

LIST = Operation(
    operation_id="listEvents",
    summary="Follow all events",
    description=(
        "Every event behind a cursor in the tenant's own dense order, of every type whose resource the token may read; "
        "without a cursor from the oldest that is kept. The filters mean what a webhook's filters mean: an event that "
        "does not name what a filter asks for is left out. An answer may be short, or empty, while `hasMore` is true: "
        "store `nextCursor` and come back with it, and nothing is skipped and nothing comes twice."
    ),
    scope="events:read",
    tag="Events",
    answer=EventsPage,
    filters=EventFilter,
    parameters=(
        CURSOR,
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "How many events at most.",
        ),
        WAIT,
    ),
    problems=("cursor_expired", "invalid_page_token", "misdirected_request"),
)

STREAM = Operation(
    operation_id="streamEvents",
    summary="Stream events",
    description="The list of events as Server-Sent Events, from now on or behind a cursor.",
    scope="events:read",
    tag="Events",
    filters=EventFilter,
    parameters=(CURSOR,),
    problems=("cursor_expired", "invalid_page_token", "misdirected_request"),
    documented=False,
)
