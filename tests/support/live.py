"""The running system as a partner's program meets it: a base URL, credentials, events that are delivered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.factories.master_data import (
    make_agreement,
    make_packaging,
    make_product,
    make_product_group,
    make_retail_partner,
    make_supplier,
    make_warehouse,
)
from tests.support.api import ApiClient, TestTenant
from tests.support.processes import child, live_api

_DISPATCH = ("python", "manage.py", "dispatch")


@dataclass(frozen=True, slots=True)
class LiveShop:
    """A tenant in which SUP123's two sauces are shared with RP456, served by real processes."""

    base: str
    supplier: ApiClient
    retailer: ApiClient


@contextmanager
def live_shop(tenant: TestTenant) -> Iterator[LiveShop]:
    """Serve the tenant's shop for the length of the block."""
    with live_api(workers=2) as base, child(_DISPATCH):
        yield furnished(tenant, base)


def furnished(tenant: TestTenant, base: str) -> LiveShop:
    """Make the tenant's shop, which the API at `base` serves."""
    make_supplier(tenant, "SUP123", leadTimeDays=14)
    make_retail_partner(tenant, "RP456")
    make_warehouse(tenant, "Warehouse_A")
    for product in ("HOTSAUCE789", "HOTSAUCE790"):
        make_product(tenant, product)
        make_packaging(tenant, product, "CS")
    make_product_group(tenant, "SAUCESHIRT")
    make_product(tenant, "SHIRT-M", groupId="SAUCESHIRT", attributes={"size": "M"})
    make_agreement(tenant, "RP456", "SUP123")
    return LiveShop(base, tenant.supplier("SUP123"), tenant.retailer("RP456"))
