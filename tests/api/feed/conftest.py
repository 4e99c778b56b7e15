import pytest

from tests.support.api import TestTenant
from tests.support.stock import Given


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return the test's tenant with nothing in it yet."""
    return Given(tenant)
