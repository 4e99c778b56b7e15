"""The dashboard as its tests read it."""

import re
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client

from tests.support.api import TestTenant
from tests.support.stock import relay


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
