"""The transaction law: an effect, its ledger lines, its event and its key come into being together or not at all.

Seen from the rows themselves: each says by which transaction it was written.
"""

from django.db import connection

from apps.outbox.unit_of_work import as_tenant
from tests.support.api import TestTenant
from tests.support.stock import Given

_STOCK = {
    "inventory_stockitem": "version = 2",
    "inventory_stocklevel": "on_hand = 6",
    "transactions_stocktransaction": "item_version = 2",
    "outbox_outboxmessage": "type = 'inventory.updated' AND sequence = 2",
    "outbox_idempotencyrecord": "key = 'once'",
}
_PRODUCT = {
    "products_product": "id = 'P1'",
    "outbox_outboxmessage": "type = 'product.created' AND subject = 'P1'",
    "outbox_idempotencyrecord": "key = 'once'",
}


def writers(tenant: TestTenant, rows: dict[str, str]) -> set[str]:
    """Return the transactions that wrote the rows, of which every table has one."""
    found = set()
    with as_tenant(tenant.id), connection.cursor() as cursor:
        for table, which in rows.items():
            cursor.execute(f"SELECT xmin::text FROM {table} WHERE tenant_id = %s AND {which}", [tenant.id])
            ((writer,),) = cursor.fetchall()
            found.add(writer)
    return found


def test_a_movement_is_written_by_one_transaction(tenant: TestTenant) -> None:
    Given(tenant).stocked(10).posted("sale", 4, key="once")
    assert len(writers(tenant, _STOCK)) == 1


def test_a_list_is_written_by_one_transaction(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    answer = tenant.operator.post("/v1/inventory/batch", {"items": [item.entry("sale", 4)]}, key="once")
    assert answer.status == 200
    assert len(writers(tenant, _STOCK)) == 1


def test_a_command_is_written_by_one_transaction(tenant: TestTenant) -> None:
    body = {"productId": "P1", "sku": "P1", "name": "Product P1"}
    assert tenant.operator.post("/v1/products", body, key="once").status == 201
    assert len(writers(tenant, _PRODUCT)) == 1
