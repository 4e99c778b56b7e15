"""The tenant's event log, read in its dense order. The caller has a transaction of the tenant open."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from apps.core.context import Principal
from apps.core.errors import Gone
from apps.core.structs import decoder_of
from apps.feed.types import EventsSlice, Interest, LogEnds
from apps.outbox.types import LoggedEvent

_facts = decoder_of(dict[str, Any])
# How far one read looks: a filter that nothing matches must not have the whole log read.
WINDOW = 5000
_ENDS = """
    SELECT coalesce((SELECT min(f.first_position) FROM outbox_feedday f WHERE f.tenant_id = %(tenant)s), 0),
           coalesce((SELECT h.position FROM outbox_feedhead h WHERE h.tenant_id = %(tenant)s), 0)
"""
_EVENTS = """
    SELECT e.tenant_id, e.position, e.event_id, e.type, e.subject, e.sequence, e.facts, e.occurred_at
    FROM outbox_event e
    WHERE e.tenant_id = %(tenant)s AND e.position > %(after)s AND e.position <= %(up_to)s
      AND event_is_wanted(e.type, e.facts, %(types)s::text[], %(party)s, %(party_id)s, %(filters)s)
    ORDER BY e.position
    LIMIT %(limit)s
"""
_NEWS = """
    SELECT e.tenant_id, e.position, e.event_id, e.type, e.subject, e.sequence, e.facts, e.occurred_at,
           wanting.places
    FROM outbox_event e
    CROSS JOIN LATERAL (
        SELECT array_agg(s.place) AS places
        FROM unnest(%(parties)s::text[], %(party_ids)s::text[], %(types)s::text[], %(filters)s::jsonb[])
             WITH ORDINALITY AS s (party, party_id, types, filters, place)
        WHERE event_is_wanted(e.type, e.facts, string_to_array(s.types, ','), s.party, s.party_id, s.filters)
    ) wanting
    WHERE e.tenant_id = %(tenant)s AND e.position > %(after)s AND e.position <= %(up_to)s
      AND wanting.places IS NOT NULL
    ORDER BY e.position
"""


def log_ends(tenant_id: int) -> LogEnds:
    """Return where the tenant's log begins and ends."""
    [(first, head)] = _rows(_ENDS, {"tenant": tenant_id})
    return LogEnds(first=first or head + 1, head=head)


def refuse_dropped(reader: Principal, after: int) -> None:
    """Raise Gone where events behind a position have already been dropped."""
    ends = log_ends(reader.tenant_id)
    if after < ends.head and after + 1 < ends.first:
        raise Gone


def events_behind(reader: Principal, interest: Interest, *, after: int | None, limit: int) -> EventsSlice:
    """Return up to `limit` events that are wanted, and how far the log was looked at.

    None is the oldest that is kept. Raises Gone where events behind the position have already been dropped.
    """
    ends = log_ends(reader.tenant_id)
    start = ends.first - 1 if after is None else after
    if start >= ends.head:
        return EventsSlice(events=(), up_to=start, head=ends.head)
    if start + 1 < ends.first:
        raise Gone
    up_to = min(start + WINDOW, ends.head)
    rows = _rows(
        _EVENTS,
        {
            "tenant": reader.tenant_id,
            "after": start,
            "up_to": up_to,
            "types": list(interest.types),
            "party": reader.party.value,
            "party_id": reader.party_id,
            "filters": Jsonb(interest.as_json()),
            "limit": limit,
        },
    )
    events = tuple(_event(row) for row in rows)
    return EventsSlice(events=events, up_to=events[-1].position if len(events) == limit else up_to, head=ends.head)


def news_for(
    tenant_id: int, wanted: Sequence[tuple[Principal, Interest]], *, after: int, up_to: int
) -> list[tuple[LoggedEvent, frozenset[int]]]:
    """Return the events from `after` to `up_to` that somebody wants, each with the indexes of those who want it."""
    rows = _rows(
        _NEWS,
        {
            "tenant": tenant_id,
            "after": after,
            "up_to": up_to,
            "parties": [reader.party.value for reader, _ in wanted],
            "party_ids": [reader.party_id for reader, _ in wanted],
            "types": [",".join(interest.types) for _, interest in wanted],
            "filters": [Jsonb(interest.as_json()) for _, interest in wanted],
        },
    )
    return [(_event(row[:-1]), frozenset(place - 1 for place in row[-1])) for row in rows]


def _event(row: tuple[Any, ...]) -> LoggedEvent:
    tenant_id, position, event_id, event_type, subject, sequence, facts, occurred_at = row
    read = _facts.decode(facts)  # Django has its connection leave JSON as text
    return LoggedEvent(tenant_id, position, event_id, event_type, subject, sequence, read, occurred_at)


def _rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
