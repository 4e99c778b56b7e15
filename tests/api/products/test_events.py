from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from apps.core.context import PartyType, Principal
from apps.outbox.models import LoggedEventRow, OutboxMessage
from apps.outbox.types import LoggedEvent
from apps.outbox.unit_of_work import as_tenant
from apps.products.api.events import render_products
from tests.factories.master_data import make_agreement, make_product, make_retail_partner, make_supplier
from tests.support.api import TestTenant

_NOW = datetime.now(UTC)


def _told(tenant: TestTenant) -> list[tuple[str, str, int, str]]:
    """Return the tenant's events, wherever the relay has them by now."""
    with as_tenant(tenant.id):
        rows: list[Any] = [
            *OutboxMessage.objects.filter(tenant_id=tenant.id),
            *LoggedEventRow.objects.filter(tenant_id=tenant.id),
        ]
    return sorted((row.type, row.subject, row.sequence, row.facts["name"]) for row in rows)


def test_creations_and_changes_are_told(tenant: TestTenant) -> None:
    make_product(tenant, "P1", name="A")
    tenant.operator.patch("/v1/products/P1", {"name": "B", "version": 1})
    tenant.operator.put("/v1/products/P1", {"sku": "1", "name": "C", "version": 2})
    tenant.operator.put("/v1/products/P2", {"sku": "2", "name": "D"}, if_none_match="*")
    assert _told(tenant) == [
        ("product.created", "P1", 1, "A"),
        ("product.created", "P2", 1, "D"),
        ("product.updated", "P1", 2, "B"),
        ("product.updated", "P1", 3, "C"),
    ]


def test_a_refusal_tells_nothing(tenant: TestTenant) -> None:
    make_product(tenant, "P1", name="A")
    tenant.operator.patch("/v1/products/P1", {"name": "B", "version": 7})
    tenant.operator.post("/v1/products", {"productId": "P1", "sku": "2", "name": "C"})
    assert _told(tenant) == [("product.created", "P1", 1, "A")]


def test_a_repeated_request_tells_once(tenant: TestTenant) -> None:
    for _ in range(2):
        tenant.operator.post("/v1/products", {"productId": "P1", "sku": "1", "name": "A"}, key="k")
    assert _told(tenant) == [("product.created", "P1", 1, "A")]


def test_an_event_shows_what_get_shows_to_whom_sees_the_product(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    for code in ("R1", "R2"):
        make_retail_partner(tenant, code)
    make_agreement(tenant, "R1", "S1", productId="P1")
    product = make_product(tenant, "P1")
    with as_tenant(tenant.id):
        rows = [row.facts for row in OutboxMessage.objects.filter(tenant_id=tenant.id)] or [
            row.facts for row in LoggedEventRow.objects.filter(tenant_id=tenant.id)
        ]
        event = LoggedEvent(tenant.id, 1, uuid4(), "product.created", "P1", 1, rows[0], _NOW)
        shown = {
            code: render_products([event], Principal(tenant.id, 1, party, code), _NOW)
            for party, code in (
                (PartyType.TENANT, ""),
                (PartyType.SUPPLIER, "S1"),
                (PartyType.RETAIL_PARTNER, "R1"),
                (PartyType.RETAIL_PARTNER, "R2"),
            )
        }
    assert shown.pop("R2") == [None]
    assert [[view.product_id, view.version, view.name] for [view] in shown.values() if view] == [
        ["P1", 1, product["name"]]
    ] * 3
