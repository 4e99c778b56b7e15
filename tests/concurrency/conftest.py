"""The real API, two processes of it, and many callers at the same moment."""

from collections.abc import Iterator

import pytest

from tests.support.api import TestTenant
from tests.support.crowd import Crowd
from tests.support.processes import live_api
from tests.support.stock import Given


@pytest.fixture(scope="session")
def live() -> Iterator[str]:
    """Serve the API on this worker's database while its tests of concurrency run."""
    with live_api(workers=2) as base:
        yield base


@pytest.fixture
def crowd(live: str) -> Crowd:
    """Return callers of the live API."""
    return Crowd(live)


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return the tenant, ready to be given stock."""
    return Given(tenant)
