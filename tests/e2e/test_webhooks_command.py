"""`manage.py webhooks listen` and `trigger` as a developer runs them: processes, over HTTP alone."""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from apps.outbox.models import LoggedEventRow
from apps.outbox.unit_of_work import as_tenant
from sandbox.hooks.listening import why_unusable
from sandbox.hooks.triggers import NOT_TRIGGERED, TRIGGERS
from sandbox.processes.child import Child
from tests.faults.webhooks.receiver import Receiver, receiving
from tests.support.api import ApiClient, TestTenant
from tests.support.commands import Ended, manage, manage_elsewhere
from tests.support.processes import child, live_api
from tests.support.stock import Given, relay, rows_of

_FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}


@dataclass(frozen=True, slots=True)
class Desk:
    """A developer's terminal: an API with a dispatcher behind it, and the credentials in the environment."""

    api: str

    def environment(self, caller: ApiClient) -> dict[str, str]:
        """Return what signs the commands in."""
        return {
            "STOCKWIRE_API": self.api,
            "STOCKWIRE_CLIENT_ID": caller.credentials.client_id,
            "STOCKWIRE_CLIENT_SECRET": caller.credentials.client_secret,
        }

    def trigger(self, caller: ApiClient, *words: str) -> Ended:
        """Run `webhooks trigger` to its end."""
        return manage("webhooks", "trigger", *words, **self.environment(caller))

    @contextmanager
    def listening(self, caller: ApiClient, log: Path, *words: str) -> Iterator[tuple[Child, "Lines"]]:
        """Run `webhooks listen` for the length of the block."""
        argv = ("python", "manage.py", "webhooks", "listen", "--json", *words)
        with child(argv, env=self.environment(caller), log=log) as started:
            yield started, Lines(log)


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines that a listener has printed so far."""

    log: Path

    def wait(self, count: int) -> list[dict[str, Any]]:
        """Return them once there are `count`."""
        pause = threading.Event()
        for _ in range(400):
            text = self.log.read_text() if self.log.exists() else ""
            lines = text.split("\n")[:-1]
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
            pause.wait(0.05)
        raise AssertionError(text)


def _settled(tenant: TestTenant) -> None:
    """Return once the dispatcher has moved every event: a subscription made now hears of none of them."""
    pause = threading.Event()
    for _ in range(400):
        if not rows_of(tenant.id)["outbox_outboxmessage"]:
            return
        pause.wait(0.02)
    raise AssertionError(rows_of(tenant.id))


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    """Have an API and a dispatcher up."""
    with live_api(workers=1) as base, child(("python", "manage.py", "dispatch"), env=_FAST):
        yield Desk(base)


@pytest.fixture
def target() -> Iterator[Receiver]:
    """Return the developer's own app."""
    with receiving() as started:
        yield started


def test_a_listener_forwards_what_a_trigger_causes_and_leaves_nothing_behind(
    desk: Desk, tenant: TestTenant, target: Receiver, tmp_path: Path
) -> None:
    stocked = Given(tenant).stocked(5)
    supplier = tenant.supplier("S1")
    _settled(tenant)
    target.statuses = [500]
    with desk.listening(supplier, tmp_path / "log", "--forward-to", target.url("/hooks")) as (listener, lines):
        (made,) = lines.wait(1)
        words = ("webhooks", "trigger", "inventory.updated", "--item", "S1/P1", "--json")
        told = manage_elsewhere(*words, **desk.environment(supplier))
        assert told.code == 0, told.err
        requests = target.wait_for(2)
        heard = lines.wait(3)[1:]
        os.kill(listener.pid, signal.SIGTERM)
        assert listener.process.wait(10) == 0

    assert json.loads(told.out) == {
        "events": [
            {
                "type": "inventory.updated",
                "subject": "S1/P1",
                "sequence": 2,
                "call": "PATCH /v1/inventory/S1/P1 with its own reorderThreshold",
            }
        ],
        "activeWebhooks": 1,
    }
    # The target's own library accepts what arrives; its 500 was the platform's answer, so the event came again.
    payloads = [request.verified(made["secret"]) for request in requests]
    assert [(payload["subject"], payload["sequence"]) for payload in payloads] == [("S1/P1", "2")] * 2
    assert requests[0].body == requests[1].body
    assert [(each["status"], each["verified"], each["forwarded"]) for each in heard] == [
        (500, True, True),
        (200, True, True),
    ]
    assert heard[1]["event"] == payloads[1]
    assert tenant.operator.get("/v1/webhooks").json["data"] == []
    item = tenant.operator.get("/v1/inventory/S1/P1").json
    assert (item["inventoryLevel"], item["version"]) == (5, 2)
    assert len(stocked.ledger) == 1  # no stock moved


def test_a_target_that_is_down_is_said_and_the_platform_told_502(
    desk: Desk, tenant: TestTenant, tmp_path: Path
) -> None:
    Given(tenant).stocked(5)
    _settled(tenant)
    words = ("--forward-to", "http://127.0.0.1:1/", "--events", "inventory.updated")
    with desk.listening(tenant.operator, tmp_path / "log", *words) as (_listener, lines):
        lines.wait(1)
        assert desk.trigger(tenant.operator, "inventory.updated").code == 0
        heard = lines.wait(3)[1:3]
        (hook,) = tenant.operator.get("/v1/webhooks").json["data"]
    assert [(each["status"], each["event"]["sequence"]) for each in heard] == [(502, "2")] * 2
    assert heard[0]["error"].startswith("http://127.0.0.1:1/ cannot be reached")
    assert hook["eventTypes"] == ["inventory.updated"]


def test_what_another_sends_to_the_listener_is_not_passed_on(
    desk: Desk, tenant: TestTenant, target: Receiver, tmp_path: Path
) -> None:
    forged = {"webhook-id": "evt_1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,AAAA"}
    with desk.listening(tenant.operator, tmp_path / "log", "--forward-to", target.url()) as (_listener, lines):
        (made,) = lines.wait(1)
        stranger = urllib.request.Request(made["url"], b"{}", forged)  # noqa: S310 -- our own server
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(stranger)  # noqa: S310
        heard = lines.wait(2)[1]
    assert (heard["status"], heard["verified"], heard["forwarded"]) == (401, False, False)
    assert target.requests == []


def test_every_type_can_be_triggered_and_the_others_are_named(desk: Desk, tenant: TestTenant) -> None:
    Given(tenant).stocked(1)
    assert set(TRIGGERS) | set(NOT_TRIGGERED) == set(settings.OUTBOX_RENDERERS)
    assert set(TRIGGERS) & set(NOT_TRIGGERED) == set()
    updated = desk.trigger(tenant.operator, "product.updated", "--product", "P1")
    created = desk.trigger(tenant.operator, "product.created", "--product", "NEW1")
    assert (updated.code, created.code) == (0, 0)
    assert "product.updated P1 #2" in updated.out
    assert "product.created NEW1 #1" in created.out
    assert tenant.operator.get("/v1/products/NEW1").json["status"] == "archived"
    unknown = manage("webhooks", "trigger", "inventory.upated")
    assert unknown.code == 1
    assert unknown.err == (
        f"CommandError: There is no event type 'inventory.upated'. There are: {', '.join(TRIGGERS)}.\n"
    )
    told = manage("webhooks", "trigger", "reservation.displaced")
    assert (told.code, "count less than is reserved" in told.err) == (1, True)


def test_what_a_trigger_says_it_caused_is_what_was_told(desk: Desk, tenant: TestTenant) -> None:
    given = Given(tenant)
    item = given.stocked(5)
    given.warehouse("W2")
    caused = [
        desk.trigger(tenant.operator, kind).out
        for kind in ("inventory.low_stock", "inventory.out_of_stock", "reservation.created", "transfer.cancelled")
    ]
    transfer = tenant.operator.get("/v1/transfers").json["data"][0]["transferId"]
    relay()
    with as_tenant(tenant.id):
        told = {
            f"{row.type} {row.subject} #{row.sequence}"
            for row in LoggedEventRow.objects.filter(tenant_id=tenant.id).exclude(type="inventory.updated")
        }
    for line in (
        "inventory.low_stock S1/P1 #2",
        "inventory.out_of_stock S1/P1 #4",
        "inventory.back_in_stock S1/P1 #5",
        f"transfer.shipped {transfer} #2",
        f"transfer.cancelled {transfer} #3",
    ):
        assert line in told
        assert line in "".join(caused)
    assert item.balances == (5, 0, 0, 5)


def test_an_order_that_a_trigger_makes_is_told_and_holds_nothing_afterwards(desk: Desk, tenant: TestTenant) -> None:
    given = Given(tenant)
    item = given.stocked(5)
    given.partner()
    said = [desk.trigger(tenant.operator, kind).out for kind in ("order.updated", "order.confirmed")]
    relay()
    with as_tenant(tenant.id):
        rows = LoggedEventRow.objects.filter(tenant_id=tenant.id, type__startswith="order.").order_by("position")
        told = [f"{row.type} {row.subject} #{row.sequence}" for row in rows]
    sold, ordered = (order["orderId"] for order in tenant.operator.get("/v1/orders").json["data"])
    steps = [(sold, "placed updated cancelled"), (ordered, "placed confirmed cancelled")]
    assert told == [
        f"order.{step} {code} #{number}" for code, kinds in steps for number, step in enumerate(kinds.split(), start=1)
    ]
    assert [line for line in told if line not in "".join(said)] == []
    assert item.balances == (5, 0, 0, 5)


def test_a_refusal_says_what_the_api_said(desk: Desk, tenant: TestTenant) -> None:
    given = Given(tenant)
    given.stocked(1)
    given.agreement()
    for caller, words, said in (
        (tenant.operator, ("inventory.updated", "--item", "S1/NONE"), "(404 not_found)"),
        (tenant.operator, ("inventory.updated", "--item", "S1"), "'S1' is not an item"),
        (tenant.retailer("R1"), ("inventory.updated",), "sign in as its supplier"),
        (tenant.operator, ("webhook.test",), "no active webhook"),
    ):
        refused = desk.trigger(caller, *words)
        assert (refused.code, refused.out) == (1, "")
        assert said in refused.err


@pytest.mark.parametrize("url", ["localhost:3000", "ftp://x/", "http://", "http://[::1", "http://x:port/"])
def test_a_target_that_is_no_url_is_refused_before_anything_is_asked(url: str) -> None:
    assert why_unusable(url) == f"{url!r} is not a URL to forward to: say http://localhost:3000/hooks."
