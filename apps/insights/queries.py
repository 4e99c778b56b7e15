"""What the dashboard shows of refusals and of the event log."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Sum

from apps.core.panels import Cell, Figure, Panel, hours_until, stacked
from apps.insights.models import RefusalTally
from apps.insights.types import Change
from apps.outbox.models import FeedHead, LoggedEventRow
from apps.transactions.queries import entries_since

MAX_CHANGES = 50
_SHOWN = 8
# The operations that move stock: their refusals are set against the movements that were booked.
_MOVEMENTS = frozenset({"postMovement", "postTransaction", "changeInventoryItem", "postMovementBatch"})
# Codes take these colours in the order of how often they occur; what comes after shares the last.
_COLOURS = ("#dc2626", "#d97706", "#2563eb", "#8b5cf6", "#0891b2", "#64748b")
_OTHER = "other codes"


def refusals(tenant_id: int, now: datetime) -> Panel:
    """Return the refusals of the last 24 hours by hour and code, and those of movements (a dashboard panel).

    By the unique key (tenant, hour, operation, code): a row an hour, operation and code.
    """
    hours = hours_until(now)
    rows = RefusalTally.objects.filter(tenant_id=tenant_id, hour__gte=hours[0])
    counted = list(rows.values_list("hour", "operation", "code").annotate(number=Sum("count")).order_by())
    by_code: dict[str, int] = {}
    of_movements: dict[str, int] = {}
    for _, operation, code, number in counted:
        by_code[code] = by_code.get(code, 0) + number
        if operation in _MOVEMENTS:
            of_movements[code] = of_movements.get(code, 0) + number
    colours = _colours(by_code)
    by_hour: dict[tuple[datetime, str], int] = {}
    for hour, _, code, number in counted:
        name = code if code in colours else _OTHER
        by_hour[hour, name] = by_hour.get((hour, name), 0) + number
    booked = entries_since(tenant_id, hours[0], now)
    return Panel(
        key="refusals",
        title="Refusals per hour",
        note="Problems answered to the tenant's clients in the last 24 hours, UTC, by code. Counted apart from the "
        "books: a statistic.",
        empty="Nothing was refused in the last 24 hours.",
        figures=[_rate(sum(of_movements.values()), booked)],
        chart=stacked(by_hour, hours, colours, "refusals"),
        headers=("Refused movements", "Times", "Share"),
        rows=_rate_rows(of_movements, booked),
    )


def _colours(by_code: dict[str, int]) -> dict[str, str]:
    codes = sorted(by_code, key=lambda code: (-by_code[code], code))
    named = codes if len(codes) <= len(_COLOURS) else [*codes[: len(_COLOURS) - 1], _OTHER]
    return dict(zip(named, _COLOURS, strict=False))


def _rate(refused: int, booked: int) -> Figure:
    return Figure(
        label="Movements refused",
        value=_percent(refused, booked + refused),
        kind="warning" if refused else "",
        note=f"{refused:,} refused, {booked:,} ledger entries, 24 hours",
        model="insights.RefusalTally",
    )


def _rate_rows(of_movements: dict[str, int], booked: int) -> list[tuple[Cell, ...]]:
    all_of_them = booked + sum(of_movements.values())
    codes = sorted(of_movements, key=lambda code: (-of_movements[code], code))[:_SHOWN]
    return [
        (
            Cell(text=code),
            Cell(text=f"{of_movements[code]:,}"),
            Cell(text=_percent(of_movements[code], all_of_them)),
        )
        for code in codes
    ]


def _percent(part: int, whole: int) -> str:
    if not part:
        return "0 %"
    share = 100 * part / whole
    return "under 0.1 %" if share < 0.1 else f"{share:.1f} %"


def head_of_feed(tenant_id: int) -> int:
    """Return the last position of the tenant's event log; 0 before its first event."""
    return FeedHead.objects.filter(tenant_id=tenant_id).values_list("position", flat=True).first() or 0


def changes_after(tenant_id: int, position: int) -> list[Change]:
    """Return the newest events behind a position, oldest first: by the log's key (tenant, position)."""
    rows = LoggedEventRow.objects.filter(tenant_id=tenant_id, position__gt=position)
    return _changes(rows.order_by("-position")[:MAX_CHANGES])


def newest_changes(tenant_id: int, number: int) -> list[Change]:
    """Return the newest events, oldest first."""
    return _changes(LoggedEventRow.objects.filter(tenant_id=tenant_id).order_by("-position")[:number])


def _changes(newest_first: Iterable[LoggedEventRow]) -> list[Change]:
    return [_change(row) for row in reversed(list(newest_first))]


def _change(row: LoggedEventRow) -> Change:
    """Say an event in a person's words; facts that it does not have are left out."""
    facts: dict[str, Any] = row.facts if isinstance(row.facts, dict) else {}
    item, previous, cause = facts.get("item") or {}, facts.get("previous") or {}, facts.get("cause") or {}
    return Change(
        position=row.position,
        at=row.occurred_at,
        what=row.subject.replace("/", " / "),
        where=", ".join(facts.get("warehouses") or ()),
        # Only a change has something before it; a crossing shows the item as it is.
        how_much=_difference(item, previous) if item and previous else "",
        cause=_cause(cause) or row.type,
    )


def _cause(cause: dict[str, Any]) -> str:
    """Name the movement and its reference; without an entry in the ledger only settings have changed."""
    if cause and not cause.get("transactionId"):
        return "settings"
    return " ".join(str(part) for part in (cause.get("type"), cause.get("reference")) if part)


def _difference(item: dict[str, Any], previous: dict[str, Any]) -> str:
    names = (("onHand", "on hand"), ("reserved", "reserved"))
    changes = [(item[key] - previous.get(key, 0), words, item[key]) for key, words in names if key in item]
    return ", ".join(f"{change:+,} {words}, now {after:,}" for change, words, after in changes if change)
