"""Fixtures for every test (see tests/support)."""

from collections.abc import Iterator

import pytest

from tests.support.api import TestTenant
from tests.support.books import books_of


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
