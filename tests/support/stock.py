"""Stock as tests find it: made by movements through the API, never by writing balances."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import count
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from apps.outbox.unit_of_work import as_tenant
from tests.factories.master_data import make_agreement, make_product, make_retail_partner, make_supplier, make_warehouse
from tests.support.api import ApiAnswer, ApiClient, TestTenant

# What every problem may have; everything else is a fact.
PROBLEM_MEMBERS = frozenset({"type", "title", "status", "detail", "code", "instance", "requestId", "errors"})
_keys = count()
_POLL_SECONDS = 0.005


def fresh_key() -> str:
    """Return an idempotency key that was not used before."""
    return f"key-{next(_keys)}"


@dataclass(frozen=True, slots=True)
class Item:
    """An item as its tests handle it. Everything is asked as the tenant's staff unless `by` says otherwise."""

    tenant: TestTenant
    supplier: str
    product: str
    partner: str | None = None

    @property
    def path(self) -> str:
        """Where the item is."""
        query = f"?retailPartnerId={self.partner}" if self.partner else ""
        return f"/v1/inventory/{self.supplier}/{self.product}{query}"

    def post(
        self, kind: str, quantity: Any = None, *, by: ApiClient | None = None, key: str | None = None, **members: Any
    ) -> ApiAnswer:
        """Post a movement; `if_match` is a header, the other members are the body's, by their outer names."""
        headers = {"if_match": members.pop("if_match")} if "if_match" in members else {}
        body = {"type": kind, **({} if quantity is None else {"quantity": quantity}), **members}
        return (by or self.tenant.operator).post(self.path, body, key=key or fresh_key(), **headers)

    def posted(self, kind: str, quantity: Any = None, **members: Any) -> dict[str, Any]:
        """Post a movement that succeeds and return the answer's body."""
        answer = self.post(kind, quantity, **members)
        assert answer.status == 201, answer.json
        body: dict[str, Any] = answer.json
        return body

    def patch(self, body: Any, *, by: ApiClient | None = None, **headers: str) -> ApiAnswer:
        """Patch the item."""
        return (by or self.tenant.operator).patch(self.path, body, **headers)

    def get(self, *, by: ApiClient | None = None, **headers: str) -> ApiAnswer:
        """Read the item."""
        return (by or self.tenant.operator).get(self.path, **headers)

    def entry(self, kind: str, quantity: Any = None, **members: Any) -> dict[str, Any]:
        """Return a movement that names the item, as batches and the ledger take it."""
        named = {"supplierId": self.supplier, "productId": self.product}
        if self.partner:
            named["retailPartnerId"] = self.partner
        return {**named, "type": kind, **({} if quantity is None else {"quantity": quantity}), **members}

    @property
    def balances(self) -> tuple[int, int, int, int]:
        """On hand, reserved, on hold, available."""
        return balances(self.get().json)

    @property
    def version(self) -> int:
        """The item's version."""
        return int(self.get().json["version"])

    @property
    def levels(self) -> dict[tuple[str, str | None], tuple[int, int, int, int]]:
        """The balances of each place, by warehouse and batch."""
        return {
            (level["warehouseLocation"], level["batchNumber"]): balances(level) for level in self.get().json["levels"]
        }

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Every booking, oldest first."""
        query = f"supplierId={self.supplier}&productId={self.product}&pageSize=200"
        rows = self.tenant.operator.get(f"/v1/inventory/transactions?{query}").json["data"]
        return [row for row in rows if row["retailPartnerId"] == self.partner]


class Given:
    """A tenant with what a test needs, each thing made once and through the API."""

    def __init__(self, tenant: TestTenant) -> None:
        self.tenant = tenant
        self._made: set[tuple[str, str]] = set()

    def supplier(self, code: str = "S1") -> None:
        """Have a supplier."""
        self._once("supplier", code, lambda: make_supplier(self.tenant, code))

    def partner(self, code: str = "R1") -> None:
        """Have a retail partner."""
        self._once("partner", code, lambda: make_retail_partner(self.tenant, code))

    def warehouse(self, code: str = "W1", *, supplier: str | None = None, partner: str | None = None) -> None:
        """Have a warehouse: the tenant's, unless a supplier or a partner owns it."""
        members: dict[str, Any] = {}
        if supplier:
            self.supplier(supplier)
            members = {"owner": {"type": "supplier", "id": supplier}}
        if partner:
            self.partner(partner)
            members = {"owner": {"type": "retailPartner", "id": partner}}
        self._once("warehouse", code, lambda: make_warehouse(self.tenant, code, **members))

    def agreement(self, partner: str = "R1", supplier: str = "S1", **members: Any) -> dict[str, Any]:
        """Share the supplier's stock with the partner."""
        self.supplier(supplier)
        self.partner(partner)
        return make_agreement(self.tenant, partner, supplier, **members)

    def item(
        self, supplier: str = "S1", product: str = "P1", warehouse: str = "W1", partner: str | None = None
    ) -> Item:
        """Have what an item needs before its first receipt."""
        self.supplier(supplier)
        self._once("product", product, lambda: make_product(self.tenant, product))
        self.warehouse(warehouse)
        return Item(self.tenant, supplier, product, partner)

    def stocked(
        self,
        quantity: int = 10,
        *,
        supplier: str = "S1",
        product: str = "P1",
        warehouse: str = "W1",
        partner: str | None = None,
        batch: str | None = None,
        expires: str | None = None,
    ) -> Item:
        """Have a quantity received; a partner's stock lies in a warehouse of its own."""
        if partner:
            self.warehouse(warehouse, partner=partner)
        item = self.item(supplier, product, warehouse, partner)
        members = {"batchNumber": batch, "expirationDate": expires}
        item.posted(
            "receipt",
            quantity,
            warehouseLocation=warehouse,
            **{name: value for name, value in members.items() if value is not None},
        )
        return item

    def _once(self, kind: str, code: str, make: Any) -> None:
        if (kind, code) not in self._made:
            self._made.add((kind, code))
            make()


def balances(body: dict[str, Any]) -> tuple[int, int, int, int]:
    """Return on hand, reserved, on hold and available of an item or a level."""
    return body["inventoryLevel"], body["reservedQuantity"], body["onHoldQuantity"], body["availableQuantity"]


@cache
def tenant_tables() -> tuple[str, ...]:
    """Return every table that the application may read and that belongs to tenants, clients aside."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
            " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"
            " AND has_table_privilege(c.oid, 'SELECT') AND c.relname <> 'access_application'"
            # Refusals are counted there, seconds later and by a thread of its own: no effect of a call.
            " AND c.relname <> 'insights_refusaltally' ORDER BY 1"
        )
        return tuple(row[0] for row in cursor.fetchall())


def rows_of(tenant_id: int) -> dict[str, int]:
    """Return how many rows every table has of a tenant (clients aside), and the sum of its items' versions."""
    counts = [f"SELECT '{table}', count(*) FROM {table} WHERE tenant_id = %(tenant)s" for table in tenant_tables()]
    counts.append("SELECT 'versions', COALESCE(sum(version), 0) FROM inventory_stockitem WHERE tenant_id = %(tenant)s")
    with as_tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(counts), {"tenant": tenant_id})
        return {name: int(number) for name, number in cursor.fetchall()}


@contextmanager
def nothing_moves(tenant: TestTenant) -> Iterator[None]:
    """Assert that the block leaves every table of the tenant as it was."""
    before = rows_of(tenant.id)
    yield
    assert rows_of(tenant.id) == before


def refused(answer: ApiAnswer, status: int, code: str, **facts: Any) -> None:
    """Assert a problem: its status, its code, and the facts named (`pointer` is the first error's place).

    Where there are facts, the detail says them: it is not the title again.
    """
    assert answer.headers["Content-Type"] == "application/problem+json", answer.content
    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, status, code), answer.json
    pointer = facts.pop("pointer", None)
    if pointer is not None:
        error = answer.json["errors"][0]
        assert pointer in (error.get("pointer"), error.get("header"), error.get("parameter")), answer.json
    assert {name: answer.json.get(name) for name in facts} == facts, answer.json
    assert answer.json.keys() <= PROBLEM_MEMBERS or answer.json["detail"] != answer.json["title"], answer.json


def wait_for(moment: datetime) -> None:
    """Return once the clock has passed a moment."""
    while datetime.now(UTC) <= moment:
        time.sleep(_POLL_SECONDS)


def relay() -> None:
    """Give every waiting event its place in the log, as the relay's role."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        while relaying.execute("SELECT tenant_id FROM relay_events(500)").fetchall():
            pass


def relay_and_fan_out() -> None:
    """Give every waiting event its place in the log and to the webhooks that want it, as the relay does."""
    with psycopg.connect(settings.DATABASE_RELAY_URL, autocommit=True) as relaying:
        while moved := relaying.execute("SELECT * FROM relay_events(500)").fetchall():
            ranges = [list(column) for column in zip(*moved, strict=True)]
            relaying.execute("SELECT fan_out_events(%s::bigint[], %s::bigint[], %s::bigint[])", ranges)


def events_of(tenant: TestTenant) -> list[tuple[str, int]]:
    """Return subject and sequence of the tenant's logged and waiting events of stock, in order."""
    sql = """
        SELECT subject, sequence FROM (
            SELECT subject, sequence, position AS place, 0 AS waiting FROM outbox_event
            WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'
            UNION ALL
            SELECT subject, sequence, id, 1 FROM outbox_outboxmessage
            WHERE tenant_id = %(tenant)s AND type = 'inventory.updated'
        ) told ORDER BY waiting, place"""
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant.id})
        return [(str(subject), int(sequence)) for subject, sequence in cursor.fetchall()]
