"""What an app shows on the dashboard: data, which the dashboard's page renders.

A panel is given by the app that owns the data (settings.DASHBOARD_PANELS), inside a transaction of the tenant. Its
queries are bounded whatever the tenant has: a panel is read again every few seconds while somebody looks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text in a table: with a colour (success, info, warning, danger), or leading to the page of a row."""

    text: str
    kind: str = ""
    model: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A key figure; `model` and `query` lead to the list behind it."""

    label: str
    value: str
    kind: str = ""
    note: str = ""
    model: str = ""
    query: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One colour of a chart: a number for each of its hours."""

    label: str
    colour: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Stacked bars by hour; `unit` is what is counted."""

    hours: Sequence[datetime]
    series: Sequence[Series]
    unit: str

    @property
    def is_empty(self) -> bool:
        """True where nothing was counted."""
        return not any(any(each.values) for each in self.series)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One part of the dashboard. `note` says what the numbers hold; `empty` what it means that there are none."""

    key: str
    title: str
    empty: str
    note: str = ""
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()


class PanelProvider(Protocol):
    """Reads a panel."""

    def __call__(self, tenant_id: int, now: datetime) -> Panel:
        """Return the panel of a tenant, inside its transaction."""


def hours_until(now: datetime) -> list[datetime]:
    """Return the beginnings of the last 24 hours, the running one last."""
    running = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return [running - timedelta(hours=HOURS - 1 - back) for back in range(HOURS)]


def stacked(
    counts: Mapping[tuple[datetime, str], int], hours: Sequence[datetime], colours: Mapping[str, str], unit: str
) -> Chart:
    """Return a chart of counts by hour and label, in the order of `colours`; labels that never occur are left out."""
    lines = [
        Series(label=name, colour=colour, values=[counts.get((hour, name), 0) for hour in hours])
        for name, colour in colours.items()
    ]
    return Chart(hours=hours, series=[line for line in lines if any(line.values)], unit=unit)
