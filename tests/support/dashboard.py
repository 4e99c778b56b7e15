"""The dashboard as its tests read it."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client

from apps.insights.models import RefusalTally
from apps.outbox.unit_of_work import as_tenant
from tests.support.api import TestTenant
from tests.support.stock import relay, wait_for


def figures(browser: Client) -> dict[str, str]:
    """Return the key figures that the page shows."""
    page = browser.get("/admin/").content.decode()
    return dict(re.findall(r'data-figure="([^"]+)">([^<]+)<', page))


def panels(browser: Client) -> dict[str, Any]:
    """Return the panels that the page was rendered from."""
    found: dict[str, Any] = browser.get("/admin/").context["panels"]
    return found


def fan_out(tenant: TestTenant) -> None:
    """Give the tenant's events to its webhooks, as the relay does."""
    relay()
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        relaying.execute("SELECT fan_out_events(ARRAY[%s::bigint], ARRAY[1::bigint], ARRAY[1000::bigint])", [tenant.id])


def tallies(tenant: TestTenant) -> dict[tuple[str, str], int]:
    """Return how often each operation was refused with each code, as far as it was written."""
    with as_tenant(tenant.id):
        rows = RefusalTally.objects.filter(tenant_id=tenant.id).values_list("operation", "code", "count")
        return {(operation, code): count for operation, code, count in rows}


def wait_for_tallies(tenant: TestTenant, wanted: dict[tuple[str, str], int]) -> None:
    """Return once the refusals that were counted in memory are written."""
    give_up_at = time.monotonic() + 15
    while tallies(tenant) != wanted and time.monotonic() < give_up_at:
        wait_for(datetime.now(UTC) + timedelta(milliseconds=20))
    assert tallies(tenant) == wanted
