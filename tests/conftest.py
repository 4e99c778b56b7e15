"""Fixtures for every test (see tests/support)."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api import TestTenant
from tests.support.books import books_of

# What takes longest, first: begun last, one of them would keep a core busy when the others have nothing left to do.
_LONGEST = (
    "contract/test_schemathesis.py",
    "model/test_in_process.py",
    "model/test_over_http.py",
    "e2e",
    "faults",
    "contract",
    "order_life",
    "concurrency",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest tests; the others keep their order."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    place = item.path.relative_to(Path(__file__).parent)
    return next((turn for turn, path in enumerate(_LONGEST) if place.is_relative_to(path)), len(_LONGEST))


def pytest_collection_finish() -> None:
    """Spare the collector thousands of tests and their modules: it would go over them every few seconds."""
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The databases are made by tests.support.cluster, from a migrated template."""


@pytest.fixture(autouse=True)
def books_balance() -> Iterator[None]:
    """Whatever a test does, the books of the tenants that it made balance afterwards."""
    TestTenant.made.clear()
    yield
    for tenant_id in TestTenant.made:
        assert books_of(tenant_id) == {}
