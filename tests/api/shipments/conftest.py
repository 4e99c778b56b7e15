import pytest

from tests.support.api import TestTenant
from tests.support.stock import Given


@pytest.fixture
def given(tenant: TestTenant) -> Given:
    """Return the tenant, ready to be given stock."""
    return Given(tenant)
