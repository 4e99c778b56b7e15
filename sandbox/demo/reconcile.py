"""The proof: the API's stock, the calculation and what the subscribers were told last must be the same numbers."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.demo.api import Api
from sandbox.demo.errors import WebhooksMissing
from sandbox.demo.expectation import Expectation
from sandbox.demo.listener import Listener
from sandbox.demo.replay import REFUSED, Progress

# Longer than the lease of a delivery whose dispatcher was killed, and than the first retries.
QUIET_SECONDS = 90.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stock as GET /v1/inventory gives it, per SKU."""

    left: Mapping[str, int]
    versions: Mapping[str, int]


async def read_shelf(api: Api) -> Shelf:
    """Read every page of the supplier's stock."""
    left: dict[str, int] = {}
    versions: dict[str, int] = {}
    async for item in api.rows("/v1/inventory"):
        left[item["productId"]] = item["inventoryLevel"]
        versions[item["productId"]] = item["version"]
    return Shelf(left=left, versions=versions)


async def await_webhooks(listener: Listener, versions: Mapping[str, int]) -> None:
    """Wait until every subscriber has the last state of every SKU.

    Raises WebhooksMissing when nothing has changed for 90 seconds.
    """
    fewest: int | None = None
    give_up_at = 0.0
    while True:
        behind = await listener.behind(versions)
        waiting = sum(behind.values())
        if not waiting:
            return
        if fewest is None or waiting < fewest:
            fewest, give_up_at = waiting, time.monotonic() + QUIET_SECONDS
        if time.monotonic() > give_up_at:
            who = ", ".join(f"{name} {count}" for name, count in behind.items() if count)
            message = f"For {QUIET_SECONDS:.0f} s nothing new arrived, yet last states are missing: {who} SKUs."
            raise WebhooksMissing(message)
        await asyncio.sleep(_POLL_SECONDS)


def differences(
    expected: Expectation,
    shelf: Shelf,
    told: Mapping[str, Mapping[str, int]],
    progress: Progress,
    *,
    bad_signatures: int = 0,
) -> list[str]:
    """Return one sentence per number that is not what it should be; none means exact.

    `told` is the last quantity per subscriber and SKU. A SKU that never had stock has no item, and no event.
    """
    found = _strangers(expected, shelf)
    if bad_signatures:
        found.append(f"{bad_signatures} webhooks had a bad signature")
    for sku, left in expected.left.items():
        if shelf.left.get(sku, 0) != left:
            found.append(f"{sku}: the API says {shelf.left.get(sku, 0)}, calculated {left}")
        for name, stock in told.items():
            if stock.get(sku, 0) != left:
                found.append(f"{sku}: {name} was told {stock.get(sku, 0)} last, calculated {left}")
    refused = {number for number, code in progress.refused.items() if code == REFUSED}
    found += [f"line {number}: should have been refused" for number in sorted(expected.refused - refused)]
    found += [f"line {number}: refused without reason" for number in sorted(refused - expected.refused)]
    found += [
        f"line {number}: refused with {code}" for number, code in sorted(progress.refused.items()) if code != REFUSED
    ]
    return found


def _strangers(expected: Expectation, shelf: Shelf) -> list[str]:
    return [f"{sku}: the API has an item that nobody moved" for sku in shelf.left if sku not in expected.left]
