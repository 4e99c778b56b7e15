"""The real API, two processes of it, on this worker's database."""

from collections.abc import Iterator

import pytest

from tests.support.processes import live_api


@pytest.fixture(scope="package")
def live() -> Iterator[str]:
    """Serve the API while the runs over HTTP last."""
    with live_api(workers=2) as base:
        yield base
