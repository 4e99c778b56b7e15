"""The document against the running server: generated requests, good and bad, and every check of schemathesis.

Each party's run is bounded and begins from a fixed seed: every operation with a few examples, and the heart of the
API also with every boundary of its parameters and bodies. `make prove` runs the long form: boundaries of everything,
and many examples.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import TestTenant
from tests.support.fuzzing import fuzz
from tests.support.live import LiveShop, live_shop
from tests.support.routes import documented_routes

_READS = ("--include-method", "GET", "--phases", "fuzzing")
_EVERYTHING = ("--phases", "examples,fuzzing,stateful")
_HEART = ("Inventory", "Reservations", "Orders", "Webhooks", "Events")
_BOUNDARIES = ("--phases", "coverage", *(word for tag in _HEART for word in ("--include-tag", tag)))


@pytest.fixture
def shop(tenant: TestTenant) -> Iterator[LiveShop]:
    """Return the running system with stock to read."""
    with live_shop(tenant) as started:
        yield started


def test_every_operation_keeps_what_the_document_promises(shop: LiveShop, tenant: TestTenant, tmp_path: Path) -> None:
    staff = fuzz(shop.base, tenant.operator.token, scratch=tmp_path, examples=2, seed=1, options=_EVERYTHING)
    assert staff.passed, staff.text
    assert staff.operations == len(documented_routes())
    edges = fuzz(shop.base, tenant.operator.token, scratch=tmp_path, examples=3, seed=1, options=_BOUNDARIES)
    assert edges.passed, edges.text
    assert edges.operations == sum(route.operation.tag in _HEART for route in documented_routes())
    assert edges.cases >= 2_000
    # The other parties read what is theirs, and get 403 for what their tokens do not reach.
    for client in (shop.supplier, shop.retailer):
        reads = fuzz(shop.base, client.token, scratch=tmp_path, examples=2, seed=1, options=_READS)
        assert reads.passed, reads.text
        assert reads.operations == sum(route.method == "GET" for route in documented_routes())
