"""The dashboard: the admin's first page, and what keeps it live."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.utils.module_loading import import_string
from django.views.decorators.http import require_GET

from apps.core.admin import TenantAdmin, display, list_of, page_of
from apps.core.panels import Cell, Chart, Figure, Panel, PanelProvider
from apps.core.times import rfc3339
from apps.insights.models import RefusalTally
from apps.insights.queries import changes_after, head_of_feed, newest_changes
from apps.insights.types import Change

admin.site.index_template = "insights/dashboard.html"
admin.site.index_title = "Dashboard"

_TICKER = 8
_MAX_POSITION = 2**63 - 1
_GRID: dict[str, Any] = {"tickWidth": 0}
_OPTIONS = {
    "animation": False,
    "responsive": True,
    "maintainAspectRatio": False,
    "interaction": {"mode": "index", "intersect": False},
    "plugins": {"legend": {"position": "bottom", "labels": {"boxWidth": 10, "boxHeight": 10}}},
}


@admin.register(RefusalTally)
class RefusalTallyPages(TenantAdmin):
    list_display = ("when", "operation", "code", "count")
    list_filter = ("code",)
    search_fields = ("operation__exact", "code__exact")
    search_help_text = "An operation (postMovement) or a code (insufficient_stock): exactly as it stands"
    ordering = ("-hour", "-count", "id")

    @display(description="Hour (UTC)", ordering="hour")
    def when(self, row: RefusalTally) -> str:
        return f"{row.hour:%Y-%m-%d %H:00}"


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Return what the first page shows (unfold calls this): nothing of a tenant without a membership."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return context
    tenant_id, now = membership.tenant_id, datetime.now(UTC)
    return {
        **context,
        # Read before the panels: what happens in between is told by the feed.
        "position": head_of_feed(tenant_id),
        "changes": [_as_json(each) for each in reversed(newest_changes(tenant_id, _TICKER))],
        "ticker_length": _TICKER,
        **_panels(tenant_id, now),
    }


@require_GET
def panels(request: HttpRequest) -> HttpResponse:
    """Answer the panels anew, as a part of the page."""
    context = _panels(_tenant_id(request), datetime.now(UTC))
    return TemplateResponse(request, "insights/panels.html", context, headers={"Cache-Control": "no-store"})


@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """Answer what happened behind a position of the tenant's log, and where the log stands now.

    409 to a page of a tenant in which the person does not work any more: its positions mean nothing in this one's log.
    """
    tenant_id = _tenant_id(request)
    here = request.membership.tenant.code  # type: ignore[attr-defined]  # AdminTenant's
    if request.GET.get("tenant", here) != here:
        return HttpResponse(status=409)
    after = request.GET.get("after", "")
    if not (after.isascii() and after.isdecimal() and len(after) <= 19) or int(after) > _MAX_POSITION:
        return HttpResponseBadRequest("after is a position of the log.")
    changes = changes_after(tenant_id, int(after))
    # Without news the position stands: the log is not asked twice.
    position = changes[-1].position if changes else int(after)
    body = {"position": position, "changes": [_as_json(each) for each in changes]}
    return HttpResponse(
        msgspec.json.encode(body), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _tenant_id(request: HttpRequest) -> int:
    membership = getattr(request, "membership", None)
    if membership is None:
        raise PermissionDenied
    return int(membership.tenant_id)


def _panels(tenant_id: int, now: datetime) -> dict[str, Any]:
    read = [provider(tenant_id, now) for provider in _providers()]
    return {
        "figures": [_figure(figure) for panel in read for figure in panel.figures],
        "panels": {panel.key: _panel(panel) for panel in read},
        "read_at": f"{now:%H:%M:%S} UTC",
    }


@cache
def _providers() -> tuple[PanelProvider, ...]:
    return tuple(import_string(path) for path in settings.DASHBOARD_PANELS)


def _panel(panel: Panel) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(panel, name) for name in ("key", "title", "note", "empty", "headers")}
    shown["rows"] = [[_cell(cell) for cell in row] for row in panel.rows]
    return shown | (_chart(panel.chart) if panel.chart else {})


def _chart(chart: Chart) -> dict[str, Any]:
    """Return a chart as unfold's component takes it, and as a table for who cannot see it."""
    data = {
        "labels": [f"{hour:%H:%M}" for hour in chart.hours],
        "datasets": [
            {"label": each.label, "data": list(each.values), "backgroundColor": each.colour, "stack": "all"}
            for each in chart.series
        ],
    }
    scales = {
        "x": {
            "stacked": True,
            "grid": {"display": False},
            "ticks": {"maxRotation": 0, "autoSkipPadding": 12},
            "title": {"display": True, "text": "Hour (UTC)"},
        },
        "y": {
            "stacked": True,
            "beginAtZero": True,
            "grid": _GRID,
            "ticks": {"precision": 0},
            "title": {"display": True, "text": chart.unit.capitalize()},
        },
    }
    table = [(f"{hour:%H:%M}", [each.values[index] for each in chart.series]) for index, hour in enumerate(chart.hours)]
    return {
        "data": msgspec.json.encode(data).decode(),
        "options": msgspec.json.encode({**_OPTIONS, "scales": scales}).decode(),
        "no_chart": chart.is_empty,
        "series": [each.label for each in chart.series],
        "table": [row for row in reversed(table) if any(row[1])],
    }


def _figure(figure: Figure) -> dict[str, Any]:
    url = list_of(apps.get_model(figure.model), figure.query) if figure.model else ""
    return {"label": figure.label, "value": figure.value, "kind": figure.kind, "note": figure.note, "url": url}


def _cell(cell: Cell) -> dict[str, str]:
    url = page_of(apps.get_model(cell.model), cell.key) if cell.model else ""
    return {"text": cell.text, "kind": cell.kind, "url": url}


def _as_json(change: Change) -> dict[str, Any]:
    return {**asdict(change), "at": rfc3339(change.at)}
