"""Reading the log for streams: in a thread, on Django's connection, as the tenant."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from django.db import close_old_connections, connection

from apps.core.context import Principal
from apps.feed.domain.rendering import rendered_for
from apps.feed.queries import events_behind, news_for
from apps.feed.types import Frame, Interest, RenderedEvent
from apps.outbox.connections import fetch_one_statement
from apps.outbox.types import LoggedEvent
from apps.outbox.unit_of_work import as_tenant

# How an event is written into a stream, by tenant.
Writer = Callable[[int, RenderedEvent], bytes]
_HEADS = "SELECT tenant_id, head FROM feed_heads(%s)"
_PAGE = 200


def read_heads(tenants: Sequence[int]) -> dict[int, int]:
    """Return where the logs stand. Raises Unavailable."""
    return {int(tenant): int(head) for tenant, head in fetch_one_statement(_HEADS, [list(tenants)])}


def read_news(
    tenant_id: int, wanted: Sequence[tuple[Principal, Interest]], *, after: int, up_to: int, write: Writer
) -> list[list[Frame]]:
    """Return what is new for each of those who want something, from one read of the log.

    What several want of one party is rendered once. Raises OperationalError or InterfaceError.
    """
    close_old_connections()
    frames: list[list[Frame]] = [[] for _ in wanted]
    try:
        with as_tenant(tenant_id):
            news = news_for(tenant_id, wanted, after=after, up_to=up_to)
            for reader in dict.fromkeys(reader for reader, _ in wanted):
                own = [index for index, (other, _) in enumerate(wanted) if other == reader]
                told = [(event, places) for event, places in news if not places.isdisjoint(own)]
                written = _written(reader, [event for event, _ in told], write)
                for event, places in told:
                    if event.position in written:
                        for index in places.intersection(own):
                            frames[index].append(written[event.position])
    finally:
        connection.close()  # back to the pool
    return frames


def read_page(reader: Principal, interest: Interest, *, after: int, write: Writer) -> tuple[list[Frame], int]:
    """Return some of what is wanted behind a position, and up to which position that is all.

    Raises Gone where the log does not keep it any more, OperationalError or InterfaceError.
    """
    close_old_connections()
    try:
        with as_tenant(reader.tenant_id):
            found = events_behind(reader, interest, after=after, limit=_PAGE)
            return list(_written(reader, found.events, write).values()), found.up_to
    finally:
        connection.close()


def _written(reader: Principal, events: Sequence[LoggedEvent], write: Writer) -> dict[int, Frame]:
    shown = rendered_for(reader, events, datetime.now(UTC))
    return {event.position: Frame(event.position, write(reader.tenant_id, event)) for event in shown}
