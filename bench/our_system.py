"""Our side: the system as `make up` runs it, and requests to it."""

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from apps.inventory.domain.movements import RULES
from apps.inventory.types import MovementType
from bench.errors import BenchFailed
from bench.http import ask
from bench.load.plan import Request, request

SUPPLIER, WAREHOUSE = "BENCH-SUPPLIER", "BENCH-WAREHOUSE"
DELIVERY_SKUS = 2_000
SALE = {"type": "sale", "quantity": 1, "reference": "ORD09876"}
_TOKEN_SECONDS = 300.0  # a third of a token's life
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client(msgspec.Struct, frozen=True):
    """A supplier's OAuth client."""

    tenant_id: int
    client_id: str
    client_secret: str


class Filled(msgspec.Struct, frozen=True):
    """What `bench.fill` made: the tenant that is moved, and the one whose changes are delivered."""

    moving: Client
    delivering: Client


@dataclass(slots=True)
class Ours:
    """One tenant of our API, as its supplier."""

    port: int
    client: Client
    _token: str = ""
    _read_at: float = field(default=float("-inf"))

    def headers(self) -> dict[str, str]:
        """Return the Authorization header, with a token that is good for minutes."""
        if time.monotonic() - self._read_at > _TOKEN_SECONDS:
            pair = f"{self.client.client_id}:{self.client.client_secret}".encode()
            basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
            form = b"grant_type=client_credentials&scope=inventory:read+inventory:write+webhooks:read+webhooks:write"
            answer: Any = ask(self.port, "POST", "/oauth/token", headers=_FORM | basic, body=form).json()
            self._token, self._read_at = answer["access_token"], time.monotonic()
        return {"Authorization": f"Bearer {self._token}"}

    def sales(self, skus: int) -> list[Request]:
        """Return a sale of each of the first `skus` products."""
        headers, body = self.headers(), msgspec.json.encode(SALE)
        return [request("POST", item_path(number), headers, body) for number in range(1, skus + 1)]

    def reads(self, skus: int) -> list[Request]:
        """Return a GET of each of the first `skus` items."""
        headers = self.headers()
        return [request("GET", item_path(number), headers) for number in range(1, skus + 1)]

    def unchanged_reads(self, skus: int) -> list[Request]:
        """Return a GET of each of the first `skus` items by somebody who has its present version."""
        headers = self.headers()
        paths = map(item_path, range(1, skus + 1))
        return [request("GET", path, headers | {"If-None-Match": self._tag(path)}) for path in paths]

    def post(self, path: str, body: Mapping[str, Any], *, key: str) -> Any:
        """Post something under a key and return what was made."""
        headers = self.headers() | {"Content-Type": "application/json", "Idempotency-Key": key}
        return ask(self.port, "POST", path, headers=headers, body=msgspec.json.encode(body), expect=201).json()

    def post_batch(self, body: Mapping[str, Any], *, key: str) -> None:
        """Post many movements."""
        headers = self.headers() | {"Content-Type": "application/json", "Idempotency-Key": key}
        ask(self.port, "POST", "/v1/inventory/batch", headers=headers, body=msgspec.json.encode(body))

    def delete(self, path: str) -> None:
        """Delete something, whatever its version."""
        ask(self.port, "DELETE", path, headers=self.headers() | {"If-Match": "*"}, expect=204)

    def _tag(self, path: str) -> str:
        tag = ask(self.port, "GET", path, headers=self.headers()).headers.get("etag")
        if tag is None:
            raise BenchFailed(f"GET {path} answered without an ETag")
        return tag


def product_code(number: int) -> str:
    """Return the code of the n-th product."""
    return f"SKU-{number:05}"


def item_path(number: int) -> str:
    """Return where the n-th product's stock is."""
    return f"/v1/inventory/{SUPPLIER}/{product_code(number)}"


def sale_for_kernel(client: Client) -> str:
    """Return the statement that calls the kernel with one sale of product `:item`, for pgbench."""
    line = {
        "type": "sale",
        "supplier": SUPPLIER,
        "partner": None,
        "quantity": SALE["quantity"],
        "reference": SALE["reference"],
        "rule": RULES[MovementType.SALE, None].as_json(),
        "fingerprint": "00" * 32,
        "actor": {"application": 0, "party": "supplier", "partyId": SUPPLIER, "request": "bench"},
    }
    # With spaces: pgbench would take `:1` for a variable.
    fixed = json.dumps(line, separators=(", ", ": "))
    own = "jsonb_build_object('product', 'SKU-' || lpad((:item)::text, 5, '0'), 'key', gen_random_uuid())"
    return f"SELECT post_movements({client.tenant_id}, jsonb_build_array('{fixed}'::jsonb || {own}))"
