"""The document is proved by a client that is generated from it: a Python one, down the whole journey."""

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from sandbox.state_dir import CHECKOUT
from tests.faults.webhooks.receiver import Receiver, receiving
from tests.support.api import ApiClient, TestTenant
from tests.support.live import LiveShop, live_shop
from tests.support.routes import documented_routes

DOCUMENT = CHECKOUT / "docs" / "api" / "openapi.json"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Generate the client; the directory that holds the package, and what the generator said."""
    place = tmp_path_factory.mktemp("client")
    settings = place / "settings.yml"
    # As the guide says it: a table is sent as the bytes that it is.
    overrides = "content_type_overrides:\n  text/csv: application/octet-stream\n"
    settings.write_text(f"post_hooks: []\n{overrides}", encoding="utf-8")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--path", str(DOCUMENT), "--meta", "none"),
            *("--output-path", str(place / "stockwire_client"), "--config", str(settings), "--fail-on-warning"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return place, made.stdout + made.stderr


@pytest.fixture
def journey(generated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module that travels on the generated client."""
    monkeypatch.syspath_prepend(str(generated[0]))
    return import_module("tests.e2e.python_journey")


@pytest.fixture
def shop(tenant: TestTenant) -> Iterator[LiveShop]:
    """Return the running system."""
    with live_shop(tenant) as started:
        yield started


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return a real receiver."""
    with receiving() as started:
        yield started


def test_the_generator_warns_of_nothing(generated: tuple[Path, str]) -> None:
    assert generated[1].split() == ["Generating", str(generated[0] / "stockwire_client")]


def test_every_operation_is_a_function(generated: tuple[Path, str]) -> None:
    modules = {path.stem.replace("_", "") for path in (generated[0] / "stockwire_client" / "api").rglob("[a-z]*.py")}
    assert modules == {route.operation.operation_id.lower() for route in documented_routes()}


def test_the_journey(journey: Any, shop: LiveShop, receiver: Receiver) -> None:
    with (
        _connected(journey, shop, shop.supplier, f"{journey.SCOPE} webhooks:write") as supplier,
        _connected(journey, shop, shop.retailer, journey.SCOPE) as retailer,
    ):
        secret = journey.subscribe(supplier, receiver.url())
        posted = journey.receive_stock(supplier, "HOTSAUCE789", 500)
        assert (type(posted.item).__name__, posted.item.inventory_level, posted.item.version) == ("ItemView", 500, 1)

        event = journey.read_event(receiver.wait_for(1)[0].verified(secret))
        assert (event.subject, event.sequence, event.data.available_quantity) == ("SUP123/HOTSAUCE789", "1", 500)
        assert event.data.cause.transaction_id == posted.transactions[0].transaction_id

        seen = journey.read_as(retailer)
        assert (type(seen).__name__, seen.available_quantity, seen.lead_time_days) == ("OfferedItemView", 500, 14)
        assert journey.read_as(supplier).to_dict() == posted.item.to_dict()

        held, headers = journey.reserve(retailer, 50, "basket-1")
        assert (held.item.available_quantity, "idempotent-replayed" in headers) == (450, False)
        again, headers = journey.reserve(retailer, 50, "basket-1")
        assert (again.to_dict(), headers["idempotent-replayed"]) == (held.to_dict(), "true")
        assert journey.why_refused(retailer) == "only 450 of 5000"

        journey.receive_stock(supplier, "HOTSAUCE790", 7)
        assert [item.product_id for item in journey.every_item(retailer)] == ["HOTSAUCE789", "HOTSAUCE790"]

        etag = journey.etag_of(supplier)
        assert journey.set_threshold(supplier, 20, etag).reorder_threshold == 20
        stale = journey.set_threshold(supplier, 30, etag)
        assert (stale.status, stale.code, stale.current_version) == (412, "version_conflict", 3)
        assert journey.read_as(supplier).reorder_threshold == 20


def _connected(journey: Any, shop: LiveShop, client: ApiClient, scope: str) -> Any:
    return journey.connect(shop.base, client.credentials.client_id, client.credentials.client_secret, scope)
