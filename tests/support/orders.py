"""Orders as tests handle them."""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from apps.outbox.unit_of_work import as_tenant
from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Item, fresh_key

PATH = "/v1/orders"
RETURNS = "/v1/returns"


def order_body(item: Item, quantity: int, **members: Any) -> dict[str, Any]:
    """Return an order of one product for R1; members of the line go in `line`."""
    line = {"productId": item.product, "quantity": quantity, **members.pop("line", {})}
    body = {"type": "replenishment", "supplierId": item.supplier, "retailPartnerId": "R1", "items": [line]}
    return {**body, **members}


def return_body(order_id: str, quantity: int, *, product: str = "P1", **members: Any) -> dict[str, Any]:
    """Return a return of one product to W1, to be sold again; members of the line go in `line`."""
    said = {"reason": "Not wanted", "condition": "new", "disposition": "restock"}
    line = {"productId": product, "quantity": quantity, **said, **members.pop("line", {})}
    return {"orderId": order_id, "warehouseLocation": "W1", "items": [line], **members}


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was placed, asked about as the tenant's staff unless `by` says otherwise."""

    tenant: TestTenant
    code: str

    @classmethod
    def placed(cls, tenant: TestTenant, body: dict[str, Any], *, by: ApiClient | None = None) -> "Placed":
        """Place an order."""
        answer = (by or tenant.operator).post(PATH, body, key=fresh_key())
        assert answer.status == 201, answer.json
        return cls(tenant, answer.json["orderId"])

    def get(self, by: ApiClient | None = None) -> ApiAnswer:
        """Ask for it."""
        return (by or self.tenant.operator).get(f"{PATH}/{self.code}")

    def do(self, step: str, body: dict[str, Any] | None = None, *, by: ApiClient | None = None) -> ApiAnswer:
        """Take a step with it."""
        return (by or self.tenant.operator).post(f"{PATH}/{self.code}/{step}", body or {}, key=fresh_key())

    def done(self, step: str, body: dict[str, Any] | None = None, *, by: ApiClient | None = None) -> dict[str, Any]:
        """Take a step that succeeds."""
        answer = self.do(step, body, by=by)
        assert answer.status == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    def shipped(self, quantity: int, *, product: str | None = None, batch: str | None = None, **members: Any) -> str:
        """Pack and dispatch so much, of its first line unless a product is named; return the shipment's code."""
        item = (product or self.get().json["items"][0]["productId"], quantity, *([batch] if batch else []))
        code = packed(self, item, **members)
        left = step(self.tenant, code, "dispatch")
        assert left.status == 200, left.json
        return code

    def come_back(self, quantity: int, *, by: ApiClient | None = None, **members: Any) -> ApiAnswer:
        """Record that so much of its first line came back; members are the body's, those of the line in `line`."""
        members.setdefault("product", self.get().json["items"][0]["productId"])
        return (by or self.tenant.operator).post(RETURNS, return_body(self.code, quantity, **members), key=fresh_key())

    def came_back(self, quantity: int, **members: Any) -> dict[str, Any]:
        """Record a return that succeeds."""
        answer = self.come_back(quantity, **members)
        assert answer.status == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    @property
    def status(self) -> str:
        """Where it stands."""
        return str(self.get().json["status"])

    @property
    def sums(self) -> dict[str, int]:
        """What its first line has of everything that is not nothing, beside what was ordered."""
        return sums(self.get().json["items"][0])


def sums(line: dict[str, Any]) -> dict[str, int]:
    """Return the quantities of a line that are not nothing, by their names without `Quantity`."""
    names = (name for name in line if name.endswith("Quantity") and name != "orderedQuantity")
    return {name.removesuffix("Quantity"): line[name] for name in names if line[name]}


def told(tenant: TestTenant, prefix: str = "order.") -> list[tuple[str, str, int]]:
    """Return type, subject and sequence of the tenant's events whose type begins so, in order."""
    sql = """
        SELECT type, subject, sequence FROM (
            SELECT type, subject, sequence, position AS place, 0 AS waiting FROM outbox_event
            WHERE tenant_id = %(tenant)s AND starts_with(type, %(prefix)s)
            UNION ALL
            SELECT type, subject, sequence, id, 1 FROM outbox_outboxmessage
            WHERE tenant_id = %(tenant)s AND starts_with(type, %(prefix)s)
        ) told ORDER BY waiting, place"""
    with as_tenant(tenant.id), connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": tenant.id, "prefix": prefix})
        return [(str(kind), str(subject), int(sequence)) for kind, subject, sequence in cursor.fetchall()]


def packed(order: Placed, *items: tuple[Any, ...], by: ApiClient | None = None, **members: Any) -> str:
    """Pack items, (product, quantity) or (product, quantity, batch), as one package; return the shipment's code."""
    answer = pack(order, *items, by=by, **members)
    assert answer.status == 201, answer.json
    return str(answer.json["shipmentId"])


def pack(order: Placed, *items: tuple[Any, ...], by: ApiClient | None = None, **members: Any) -> ApiAnswer:
    """Ask for a shipment of one package."""
    contents = [dict(zip(("productId", "quantity", "batchNumber"), item, strict=False)) for item in items]
    body = {"orderId": order.code, "packages": [{"items": contents}], **members}
    return (by or order.tenant.operator).post("/v1/shipments", body, key=fresh_key())


def step(
    tenant: TestTenant, shipment: str, step: str, body: dict[str, Any] | None = None, *, by: ApiClient | None = None
) -> ApiAnswer:
    """Take a step with a shipment."""
    return (by or tenant.operator).post(f"/v1/shipments/{shipment}/{step}", body or {}, key=fresh_key())
