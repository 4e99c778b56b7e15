import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from apps.webhooks.domain.dispatcher import Dispatcher
from apps.webhooks.domain.loops import new_loop
from tests.factories.master_data import make_product, make_supplier, make_warehouse
from tests.faults.webhooks.receiver import Receiver, receiving
from tests.support.api import ApiClient, TestTenant
from tests.support.stock import relay


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with supplier S1, products P1 to P3 and the warehouse W1, and a receiver for its webhooks."""

    tenant: TestTenant
    receiver: Receiver

    def subscribe(self, path: str = "/hook", *, client: ApiClient | None = None, **members: Any) -> dict[str, Any]:
        """Create a webhook to `path` of the receiver and return it, secret and all."""
        body = {"url": self.receiver.url(path), "eventTypes": ["inventory.updated"], **members}
        answer = (client or self.tenant.operator).post("/v1/webhooks", body)
        assert answer.status == 201, answer.json
        created: dict[str, Any] = answer.json
        return created

    def receive(self, product: str = "P1", quantity: int = 1) -> dict[str, Any]:
        """Book a receipt: one change of one item."""
        body = {"type": "receipt", "quantity": quantity, "warehouseLocation": "W1"}
        answer = self.tenant.operator.post(f"/v1/inventory/S1/{product}", body, key=str(uuid4()))
        assert answer.status == 201, answer.json
        booked: dict[str, Any] = answer.json
        return booked

    def deliveries(self, webhook: dict[str, Any], status: str = "attempted") -> list[dict[str, Any]]:
        """Return the webhook's log, oldest first."""
        path = f"/v1/webhooks/{webhook['webhookId']}/deliveries?status={status}&orderBy=at&pageSize=200"
        answer = self.tenant.operator.get(path.replace("orderBy=at", "orderBy=at%20asc"))
        assert answer.status == 200, answer.json
        found: list[dict[str, Any]] = answer.json["data"]
        return found

    def wait_for_log(self, webhook: dict[str, Any], condition: Callable[[list[dict[str, Any]]], bool]) -> Any:
        """Return the webhook's log once the condition holds."""
        pause = threading.Event()
        for _ in range(300):
            found = self.deliveries(webhook)
            if condition(found):
                return found
            pause.wait(0.05)
        raise AssertionError(found)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a receiver that answers 200."""
    with receiving() as started:
        yield started


@pytest.fixture
def shop(tenant: TestTenant, receiver: Receiver) -> Shop:
    """Return a tenant that has something to sell."""
    make_supplier(tenant, "S1")
    make_warehouse(tenant, "W1")
    for product in ("P1", "P2", "P3"):
        make_product(tenant, product)
    return Shop(tenant, receiver)


@contextmanager
def dispatching(*, until_it_fails: bool = False) -> Iterator[None]:
    """Run a dispatcher in a thread for the length of the block; it drains at the end. Raises what it raised."""
    started: list[tuple[Dispatcher, asyncio.AbstractEventLoop]] = []
    ready = threading.Event()
    failures: list[BaseException] = []

    async def main() -> None:
        dispatcher = Dispatcher()
        started.append((dispatcher, asyncio.get_running_loop()))
        ready.set()
        await dispatcher.run()

    def work() -> None:
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(main())
        except BaseException as error:  # noqa: BLE001 -- raised in the test's own thread
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=work, name="dispatcher")
    thread.start()
    assert ready.wait(10)
    try:
        yield
        if until_it_fails:
            thread.join(10)
    finally:
        if thread.is_alive():
            dispatcher, loop = started[0]
            loop.call_soon_threadsafe(dispatcher.stop)
        thread.join(30)
        assert not thread.is_alive()
    if failures:
        raise failures[0]


@pytest.fixture
def fast(settings: Settings) -> Settings:
    """Run every timeout at a twentieth."""
    settings.WEBHOOK_CONNECT_TIMEOUT = 0.15
    settings.WEBHOOK_TOTAL_TIMEOUT = 0.75
    settings.WEBHOOK_LEASE_SECONDS = 1.25
    settings.WEBHOOK_RETRY_SCALE = 0.05
    settings.WEBHOOK_DRAIN_SECONDS = 1.0
    return settings


@pytest.fixture(scope="module", autouse=True)
def nothing_waits_from_before(database_access: None) -> None:
    """Clear what other tests of this worker left for webhooks whose receivers are gone.

    With leases of a second, thousands of such deliveries would expire while they are rendered, and those of the first
    test here with them.
    """
    relay()
    with psycopg.connect(django_settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        relaying.execute("DELETE FROM webhooks_delivery")
        relaying.execute("UPDATE webhooks_lane SET next_due = NULL")


@pytest.fixture
def dispatcher(fast: Settings) -> Iterator[None]:
    """Run a dispatcher with every timeout at a twentieth."""
    with dispatching():
        yield
