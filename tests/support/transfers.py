"""Transfers as tests handle them: planned, shipped, received and cancelled through the API."""

from dataclasses import dataclass
from typing import Any

from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Item, fresh_key

PATH = "/v1/transfers"
SUMS = ("planned", "shipped", "received", "damaged", "short", "over", "returned", "inTransit")


def plan_body(item: Item, quantity: int, *, to: str = "W2", **members: Any) -> dict[str, Any]:
    """Return the plan of moving one item out of W1; members are the body's, by their outer names."""
    planned = {"supplierId": item.supplier, "productId": item.product, "quantity": quantity}
    return {"fromWarehouseLocation": "W1", "toWarehouseLocation": to, "items": [planned], **members}


@dataclass(frozen=True, slots=True)
class Trip:
    """A transfer. Everything is done as the tenant's staff unless `by` says otherwise."""

    tenant: TestTenant
    code: str

    @classmethod
    def planned(cls, tenant: TestTenant, body: dict[str, Any], *, by: ApiClient | None = None) -> "Trip":
        """Plan a transfer."""
        answer = (by or tenant.operator).post(PATH, body, key=fresh_key())
        assert answer.status == 201, answer.json
        return cls(tenant, str(answer.json["transferId"]))

    @classmethod
    def shipped(cls, item: Item, quantity: int, **members: Any) -> "Trip":
        """Plan and ship a transfer of one item out of W1."""
        trip = cls.planned(item.tenant, plan_body(item, quantity, **members))
        trip.done("ship")
        return trip

    @property
    def path(self) -> str:
        """Where the transfer is."""
        return f"{PATH}/{self.code}"

    def step(self, step: str, *, by: ApiClient | None = None, key: str | None = None, **members: Any) -> ApiAnswer:
        """Take a step; `if_match` is a header, the other members are the body's, by their outer names."""
        headers = {"if_match": members.pop("if_match")} if "if_match" in members else {}
        return (by or self.tenant.operator).post(f"{self.path}/{step}", members, key=key or fresh_key(), **headers)

    def done(self, step: str, *, by: ApiClient | None = None, **members: Any) -> dict[str, Any]:
        """Take a step that succeeds and return the answer's body."""
        answer = self.step(step, by=by, **members)
        assert answer.status == 200, answer.json
        body: dict[str, Any] = answer.json
        return body

    def get(self, *, by: ApiClient | None = None, **headers: str) -> ApiAnswer:
        """Read the transfer."""
        return (by or self.tenant.operator).get(self.path, **headers)

    @property
    def status(self) -> str:
        """Its status."""
        return str(self.get().json["status"])

    @property
    def sums(self) -> list[dict[str, int]]:
        """The sums of each line, those that are not 0."""
        return [sums(item) for item in self.get().json["items"]]


def sums(item: dict[str, Any]) -> dict[str, int]:
    """Return the sums of a line or a batch, those that are not 0."""
    return {name: item[name] for name in SUMS if item.get(name)}


def arrived(item: Item, received: int, damaged: int = 0, batch: str | None = None) -> dict[str, Any]:
    """Return one line of a receipt."""
    line = {"supplierId": item.supplier, "productId": item.product, "received": received, "damaged": damaged}
    return line if batch is None else {**line, "batchNumber": batch}
