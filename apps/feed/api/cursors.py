"""Positions of a tenant's log as callers know them: the same for the change feed, the event list and the stream."""

from apps.core.context import Principal
from apps.core.http.operations import Call
from apps.core.http.pages import read_position, sign_position
from apps.feed.queries import log_ends

NOW = "now"


def cursor_at(tenant_id: int, position: int) -> str:
    """Return the cursor of a position. It belongs to the tenant's log: every client of the tenant may go on from it."""
    return sign_position([position], scope=_scope(tenant_id))


def position_of(cursor: str, reader: Principal, *, parameter: str = "cursor") -> int:
    """Return the position. Raises InvalidPageToken for what is no cursor of the reader's tenant."""
    return int(read_position(cursor, scope=_scope(reader.tenant_id), parameter=parameter)[0])


def place_of(call: Call) -> int | None:
    """Return the position behind which the caller goes on, inside a transaction of the tenant; None: what is oldest.

    Raises InvalidPageToken for what is no cursor of the caller's tenant.
    """
    cursor, reader = call.params.get("cursor"), call.ctx.principal
    if cursor == NOW:
        return log_ends(reader.tenant_id).head
    return None if cursor is None else position_of(cursor, reader)


def _scope(tenant_id: int) -> str:
    return f"changes|{tenant_id}"
