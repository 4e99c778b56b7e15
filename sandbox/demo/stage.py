"""Setting the stage through the API: parties, agreements, products, the warehouse, subscriptions, opening stock."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.demo.api import Api
from sandbox.demo.errors import DemoError
from sandbox.demo.lines import Lines
from sandbox.demo.listener import Listener
from sandbox.demo.parallel import each
from sandbox.demo.replay import Target
from sandbox.demo.tenant import SUPPLIER, WAREHOUSE, partner_code
from sandbox.hooks.subscription import delete_subscription

WIDTH = 24
BATCH = 500
EVENT = "inventory.updated"


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscriber: its client, and the member of an event's data that holds the stock as it sees it."""

    api: Api
    reads: str


async def set_stage(operator: Api, target: Target, lines: Lines) -> None:
    """Make the supplier, its warehouse, one retail partner with an agreement per country, and every product."""
    run = target.run
    await operator.create("/v1/suppliers", {"supplierId": SUPPLIER, "name": "The online shop"}, key=f"{run}-supplier")
    owner = {"type": "supplier", "id": SUPPLIER}
    warehouse = {"warehouseId": WAREHOUSE, "name": "The shop's warehouse", "owner": owner}
    await operator.create("/v1/warehouses", warehouse, key=f"{run}-warehouse")

    async def make_partner(country: str) -> None:
        code = partner_code(country)
        partner = {"retailPartnerId": code, "name": country}
        await operator.create("/v1/retailPartners", partner, key=f"{run}-partner-{code}")
        agreement = {"retailPartnerId": code, "supplierId": SUPPLIER}
        await operator.create("/v1/supplyAgreements", agreement, key=f"{run}-agreement-{code}")

    async def make_product(sku: str) -> None:
        product = {"productId": sku, "sku": sku, "name": lines.names[sku]}
        await operator.create("/v1/products", product, key=f"{run}-product-{sku}")

    await each(lines.countries, make_partner, width=WIDTH)
    await each(lines.skus, make_product, width=WIDTH)


async def receive_opening(supplier: Api, target: Target, opening: Mapping[str, int]) -> None:
    """Receive what each SKU starts with, in batches; a SKU that starts with nothing gets no receipt."""
    receipts = [
        {
            "supplierId": target.supplier_id,
            "productId": sku,
            "type": "receipt",
            "quantity": quantity,
            "warehouseLocation": target.warehouse_id,
            "reference": "opening stock",
        }
        for sku, quantity in opening.items()
        if quantity
    ]

    async def receive(start: int) -> None:
        batch = {"mode": "atomic", "items": receipts[start : start + BATCH]}
        await supplier.create("/v1/inventory/batch", batch, key=f"{target.run}-opening-{start}")

    await each(range(0, len(receipts), BATCH), receive, width=2)


@asynccontextmanager
async def subscribed(
    listener: Listener, readers: Mapping[str, Reader], *, run: str, warn: Callable[[str], None]
) -> AsyncIterator[None]:
    """Have every reader subscribed for as long as the block lasts."""
    made: list[tuple[Api, str]] = []
    api_fails = False
    try:
        for name, reader in readers.items():
            body = {"url": f"{listener.url}/{name}", "eventTypes": [EVENT]}
            webhook = await reader.api.create("/v1/webhooks", body, key=f"{run}-webhook-{name}")
            made.append((reader.api, f"/v1/webhooks/{webhook['webhookId']}"))
            await listener.subscribe(name, secret=webhook["secret"], reads=reader.reads)
        yield
    except DemoError:
        api_fails = True  # it would be asked in vain once more for every subscription
        raise
    finally:
        if not api_fails:
            for api, path in made:  # nobody listens at their addresses any more
                await delete_subscription(api, path, warn=warn)
