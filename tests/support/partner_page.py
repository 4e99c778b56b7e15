"""A partner's page as its people meet it: a party with a webhook, what was sent to it, and a browser on the page."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from django.conf import settings
from django.test import Client

from tests.support.api import ApiClient, TestTenant
from tests.support.dashboard import fan_out
from tests.support.stock import Given

_FAILED = """
    INSERT INTO webhooks_attempt (tenant_id, webhook_id, delivery_id, position, event_id, type, subject, sequence,
        number, coalesced, outcome, sent, status, milliseconds, error, answer, at)
    SELECT tenant_id, webhook_id, id, position, event_id, type, subject, sequence, 1, 0, 'failed', true, 500, 31,
        'The receiver answered 500.', '<b>out of order</b>', now()
    FROM webhooks_delivery WHERE tenant_id = %s AND webhook_id = %s
"""
_WAITS = """
    UPDATE webhooks_delivery SET attempts = 1, sent_at = now(), due_at = now() + interval '1 hour'
    WHERE tenant_id = %s AND webhook_id = %s
"""
_UNWELL = "UPDATE webhooks_lane SET failing_since = now(), fails = 3 WHERE tenant_id = %s AND webhook_id = %s"


def sql(statement: str, *values: Any) -> None:
    """Run a statement as the dispatcher would, whose work is not the subject here."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        relaying.execute(statement, values)


@dataclass
class Partner:
    """A supplier of a tenant, with a client and a webhook."""

    tenant: TestTenant
    code: str = "S1"
    given: Given = field(init=False)
    webhook_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.given = Given(self.tenant)
        self.given.supplier(self.code)
        self.webhook_id = self.subscribe()

    @property
    def client(self) -> ApiClient:
        """The supplier's client."""
        return self.tenant.supplier(self.code)

    def subscribe(self, url: str = "https://127.0.0.1:8443/hook") -> str:
        """Make a webhook and return its id."""
        answer = self.client.post("/v1/webhooks", {"url": url, "eventTypes": ["inventory.updated"]})
        assert answer.status == 201, answer.json
        return str(answer.json["webhookId"])

    def failed_once(self) -> None:
        """Have an event sent to the webhook that its receiver refused; it waits for the next try."""
        self.given.item(supplier=self.code).posted("receipt", 1, warehouseLocation="W1")
        fan_out(self.tenant)
        for statement in (_FAILED, _WAITS, _UNWELL):
            sql(statement, self.tenant.id, self.webhook_id)

    def link(self, **body: Any) -> str:
        """Have the party's client make a link, and return its path and query."""
        answer = self.client.post("/v1/webhooks/pages", body)
        assert answer.status == 201, answer.json
        return local(answer.json["url"])


def local(url: str) -> str:
    """Return an address without its host."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}"


@dataclass
class Visitor:
    """A browser on a partner's page."""

    browser: Client
    home: str

    @classmethod
    def by(cls, link: str, browser: Client | None = None) -> "Visitor":
        """Follow a link."""
        browser = browser or Client(raise_request_exception=False)
        answer = browser.get(link)
        assert answer.status_code == 200, answer.content
        home = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
        assert home is not None
        return cls(browser, home[1])

    def get(self, path: str = "") -> Any:
        """Read a page below the visitor's own."""
        return self.browser.get(f"{self.home}{path}")

    def text(self, path: str = "") -> str:
        """Return what a page says."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.content
        return str(answer.content.decode())

    def post(self, path: str, *, follow: bool = False, **values: Any) -> Any:
        """Send a form with a fresh key."""
        return self.browser.post(f"{self.home}{path}", {"key": str(uuid4()), **values}, follow=follow)
