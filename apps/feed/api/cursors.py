"""Positions of a tenant's log as callers know them: the same for the change feed, the event list and the stream."""

from apps.core.context import Principal
from apps.core.http.pages import read_position, sign_position


def cursor_at(tenant_id: int, position: int) -> str:
    """Return the cursor of a position. It belongs to the tenant's log: every client of the tenant may go on from it."""
    return sign_position([position], scope=_scope(tenant_id))


def position_of(cursor: str, reader: Principal, *, parameter: str = "cursor") -> int:
    """Return the position. Raises InvalidPageToken for what is no cursor of the reader's tenant."""
    return int(read_position(cursor, scope=_scope(reader.tenant_id), parameter=parameter)[0])


def _scope(tenant_id: int) -> str:
    return f"changes|{tenant_id}"
