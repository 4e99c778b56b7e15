"""Fill our side through the product's own commands: `python -m bench.fill`, with the system's environment.

Makes two tenants, one that nobody subscribes to and one for deliveries, each with a supplier, a warehouse and stock of
every SKU. Prints their clients' credentials as JSON.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import django
import msgspec
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from apps.core.context import CallContext, PartyType, Principal  # noqa: E402 -- after Django's setup
from apps.inventory.commands.post_movements import post_batch  # noqa: E402
from apps.inventory.types import BatchMode, Movement, MovementType  # noqa: E402
from apps.outbox.unit_of_work import as_tenant  # noqa: E402
from apps.products.models import Product  # noqa: E402
from apps.tenancy.models import Tenant  # noqa: E402
from bench.bare.statement import OPENING, SKUS  # noqa: E402
from bench.our_system import DELIVERY_SKUS, SUPPLIER, WAREHOUSE, Client, Filled, product_code  # noqa: E402
from sandbox.seed.catalogue import SeedTenant  # noqa: E402
from sandbox.seed.clients import Role, ensure_client, new_tenant  # noqa: E402
from sandbox.seed.stock import fill as fill_parties  # noqa: E402

_BATCH = 500


def fill(name: str, *, skus: int) -> Client:
    """Make a tenant with `skus` products in stock; return its supplier's client."""
    tenant = new_tenant(name)
    fill_parties(tenant.pk, _parties(name))
    _make_products(tenant, skus)
    ctx = CallContext(
        principal=Principal(tenant_id=tenant.pk, application_id=0, party=PartyType.TENANT, party_id=""),
        now=datetime.now(UTC),
        request_id="bench",
    )
    for number, batch in enumerate(_receipts(skus)):
        post_batch(ctx, batch, mode=BatchMode.ATOMIC)
        if number == 0:
            _analyze()
    client = ensure_client(tenant, Role("supplier", SUPPLIER), ())
    return Client(
        tenant_id=tenant.pk,
        client_id=client.client_id,
        client_secret=client.client_secret,
    )


def _parties(name: str) -> SeedTenant:
    return SeedTenant(
        code="",
        name=name,
        supplier=SUPPLIER,
        supplier_name="Bench supplier",
        lead_time_days=7,
        partner="BENCH-PARTNER",
        partner_name="Bench partner",
        channel="online",
        warehouse=WAREHOUSE,
        warehouse_name="Bench warehouse",
        products=(),
    )


def _make_products(tenant: Tenant, skus: int) -> None:
    now = datetime.now(UTC)
    with as_tenant(tenant.pk):
        Product.objects.bulk_create(
            Product(id=code, tenant=tenant, sku=code, name=code, created_at=now, updated_at=now)
            for code in map(product_code, range(1, skus + 1))
        )


def _analyze() -> None:
    """Do now what autovacuum does within its minute.

    A plan that was made while the tables were empty takes any index that begins with the tenant, and is quadratic.
    """
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    connections["owner"].close()


def _receipts(skus: int) -> Iterator[list[Movement]]:
    for first in range(1, skus + 1, _BATCH):
        yield [
            Movement(
                type=MovementType.RECEIPT,
                supplier_id=SUPPLIER,
                product_id=product_code(number),
                quantity=OPENING // 1000,
                warehouse_id=WAREHOUSE,
                reference="opening stock",
            )
            for number in range(first, min(first + _BATCH, skus + 1))
        ]


if __name__ == "__main__":
    filled = Filled(moving=fill("Bench", skus=SKUS), delivering=fill("Bench deliveries", skus=DELIVERY_SKUS))
    sys.stdout.buffer.write(msgspec.json.encode(filled))
