"""A small stand-in for the API: keeps stock in a dictionary, loses answers on purpose, and signs webhooks.

It is no mock of the product: the demo is a client like any other, and this is a server whose faults are known.
"""

import asyncio
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from sandbox.credentials import Principal
from sandbox.demo.tenant import SUPPLIER, Cast
from sandbox.embedded.ports import LOOPBACK, first_free_port


@dataclass
class Shop:
    """`lose_every` loses every n-th answer to a movement, after it was applied. `forgets_keys` is the bug to notice."""

    lose_every: int = 0
    forgets_keys: bool = False
    stock: dict[str, int] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    hooks: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    movements: int = 0
    token: str = "first"
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    async def cast(self, name: str, partners: Sequence[str]) -> Cast:
        """Return credentials, which this shop does not check."""

        def person(party: str, code: str) -> Principal:
            return Principal(name, name, party, code, code or "operator", "secret", ("inventory:read",))

        return Cast(
            operator=person("operator", ""),
            supplier=person("supplier", SUPPLIER),
            partners={code: person("retailer", code) for code in partners},
        )

    async def give_token(self, request: web.Request) -> web.Response:
        person = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")[0]
        return web.json_response({"access_token": f"{self.token}:{person}"})

    async def create(self, request: web.Request) -> web.Response:
        return web.json_response(await request.json(), status=201)

    async def subscribe(self, request: web.Request) -> web.Response:
        secret, number = "whsec_" + b64encode(secrets.token_bytes(32)).decode(), str(len(self.hooks))
        person = request.headers["Authorization"].rpartition(":")[2]
        self.hooks[number] = ((await request.json())["url"], secret, person)
        return web.json_response({"webhookId": number, "secret": secret, "version": 1}, status=201)

    async def show_hook(self, request: web.Request) -> web.Response:
        return web.json_response({"webhookId": request.match_info["hook"], "version": 1})

    async def delete_hook(self, request: web.Request) -> web.Response:
        del self.hooks[request.match_info["hook"]]
        return web.Response(status=204 if request.query["version"] == "1" else 409)

    async def list_stock(self, request: web.Request) -> web.Response:
        skus = sorted(self.versions)
        start = int(request.query.get("pageToken", "0"))
        rows = [
            {"productId": sku, "inventoryLevel": self.stock[sku], "version": self.versions[sku]}
            for sku in skus[start : start + 7]
        ]
        more = str(start + 7) if start + 7 < len(skus) else None
        return web.json_response({"data": rows, "nextPageToken": more})

    async def receive(self, request: web.Request) -> web.Response:
        for item in (await request.json())["items"]:
            self._book(item["productId"], item["quantity"])
        return web.json_response({})

    async def move(self, request: web.Request) -> web.StreamResponse:
        if not request.headers["Authorization"].startswith(f"Bearer {self.token}:"):
            return web.json_response({"code": "invalid_token"}, status=401)
        key, sku = request.headers["Idempotency-Key"], request.match_info["sku"]
        self.movements += 1
        if self.movements == 20:
            self.token = "second"  # as if the first had expired
        if key in self.answers and not self.forgets_keys:
            return web.json_response(self.answers[key], status=201, headers={"Idempotent-Replayed": "true"})
        body = await request.json()
        sign = 1 if body["type"] == "return" else -1
        if self.stock.get(sku, 0) + sign * body["quantity"] < 0:
            return web.json_response({"code": "insufficient_stock"}, status=409)
        self._book(sku, sign * body["quantity"])
        self.answers[key] = {"item": {"version": self.versions[sku]}}
        if self.lose_every and self.movements % self.lose_every == 0 and request.transport is not None:
            request.transport.close()
        return web.json_response(self.answers[key], status=201)

    def _book(self, sku: str, change: int) -> None:
        self.stock[sku] = self.stock.get(sku, 0) + change
        self.versions[sku] = self.versions.get(sku, 0) + 1
        task = asyncio.create_task(self._tell(sku, self.versions[sku], self.stock[sku]))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def _tell(self, sku: str, version: int, left: int) -> None:
        now = datetime.now(UTC)
        async with aiohttp.ClientSession() as session:
            for url, secret, person in list(self.hooks.values()):
                shown = {"inventoryLevel": left} if person == SUPPLIER else {"availableQuantity": left}
                event = {"id": f"evt_{sku}_{version}", "subject": f"{SUPPLIER}/{sku}", "sequence": str(version)}
                raw = json.dumps({**event, "time": now.isoformat(), "data": shown})
                signature = Webhook(secret).sign(event["id"], now, raw)
                headers = {
                    "webhook-id": event["id"],
                    "webhook-timestamp": str(int(now.timestamp())),
                    "webhook-signature": signature,
                }
                async with session.post(url, data=raw, headers=headers) as response:
                    assert response.status == 204


@asynccontextmanager
async def open_shop(shop: Shop) -> AsyncIterator[str]:
    """Serve the shop and yield its base URL."""
    application = web.Application()
    router = application.router
    router.add_post("/oauth/token", shop.give_token)
    for path in ("suppliers", "warehouses", "retailPartners", "supplyAgreements", "products"):
        router.add_post(f"/v1/{path}", shop.create)
    router.add_post("/v1/webhooks", shop.subscribe)
    router.add_get("/v1/webhooks/{hook}", shop.show_hook)
    router.add_delete("/v1/webhooks/{hook}", shop.delete_hook)
    router.add_get("/v1/inventory", shop.list_stock)
    router.add_post("/v1/inventory/batch", shop.receive)
    router.add_post("/v1/inventory/{supplier}/{sku}", shop.move)
    runner = web.AppRunner(application)
    await runner.setup()
    port = first_free_port(28300)
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await asyncio.gather(*shop.sending)
        await runner.cleanup()
