"""The demo from curtain to curtain."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp

from sandbox.demo.api import Api
from sandbox.demo.chaos import Chaos
from sandbox.demo.expectation import expect
from sandbox.demo.lines import Lines, read_lines
from sandbox.demo.listener import Listener, listening
from sandbox.demo.options import Options
from sandbox.demo.pace import Pace
from sandbox.demo.reconcile import await_webhooks, differences, read_shelf
from sandbox.demo.replay import Progress, Target, replay
from sandbox.demo.report import Result, Ticker
from sandbox.demo.stage import Reader, receive_opening, set_stage, subscribed
from sandbox.demo.tenant import SUPPLIER, WAREHOUSE, Cast, partner_code
from sandbox.running import Running

SUBSCRIBED_PARTNERS = 3
_TICK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """The system to play on.

    `make_tenant` takes a name and the codes of retail partners that need a client. `running` is None when the system
    is not the supervisor's, and then there is no chaos.
    """

    base_url: str
    make_tenant: Callable[[str, Sequence[str]], Awaitable[Cast]]
    running: Running | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run, with the people who may go on by hand and a SKU that has stock."""

    result: Result
    cast: Cast
    sku: str


@dataclass(frozen=True, slots=True)
class _Show:
    lines: Lines
    target: Target
    supplier: Api
    listener: Listener
    ticker: Ticker
    victim: Running | None


async def play(place: Place, options: Options, ticker: Ticker, *, afterwards: Callable[[Run], Awaitable[None]]) -> None:
    """Replay the lines on a fresh tenant, reconcile, and do `afterwards` while the receiver still listens."""
    lines = await asyncio.to_thread(read_lines, limit=options.limit)
    run = uuid4().hex[:12]
    partners = [partner_code(country) for country in lines.countries[:SUBSCRIBED_PARTNERS]]
    cast = await place.make_tenant(f"Demo {run}", partners)
    async with _session() as session, listening() as listener:
        operator, supplier, *retailers = (
            Api(session, base_url=place.base_url, principal=principal)
            for principal in (cast.operator, cast.supplier, *(cast.partners[code] for code in partners))
        )
        readers = {code: Reader(api, "availableQuantity") for code, api in zip(partners, retailers, strict=True)}
        readers["supplier"] = Reader(supplier, "inventoryLevel")
        show = _Show(
            lines=lines,
            target=Target(supplier_id=SUPPLIER, warehouse_id=WAREHOUSE, run=run),
            supplier=supplier,
            listener=listener,
            ticker=ticker,
            victim=place.running if options.chaos else None,
        )
        ticker.say(f"setting the stage: {len(lines.skus):,} products, {len(lines.countries)} retail partners")
        await set_stage(operator, show.target, lines)
        async with subscribed(listener, readers, run=run, warn=ticker.say):
            result = await _perform(show)
            sku = max(lines.skus, key=lambda sku: result.shelf.left.get(sku, 0))
            await afterwards(Run(result=result, cast=cast, sku=sku))


async def _perform(show: _Show) -> Result:
    """Receive the opening stock, replay, wait for the webhooks, compare."""
    expected = expect(show.lines)
    show.ticker.say("receiving the opening stock")
    await receive_opening(show.supplier, show.target, expected.opening)
    await await_webhooks(show.listener, (await read_shelf(show.supplier)).versions)
    await show.listener.mark()
    show.supplier.retries.clear()
    progress = Progress(total=len(show.lines.goods))
    pace = Pace(show.listener.lag)
    async with _havoc(show, progress) as havoc, _beside(_tick(progress, show.ticker)), _beside(pace.keep()):
        await replay(show.supplier, show.target, show.lines.goods, progress, pace)
    show.ticker.tick(_progress_line(progress), share=1)
    show.ticker.say("waiting until every subscriber has the last state of every SKU")
    shelf = await read_shelf(show.supplier)
    await await_webhooks(show.listener, shelf.versions)
    told, webhooks = await show.listener.stock(), await show.listener.summary()
    return Result(
        lines=show.lines,
        expected=expected,
        progress=progress,
        shelf=shelf,
        told=told,
        webhooks=webhooks,
        retries=show.supplier.retries,
        havoc=havoc,
        wrong=tuple(differences(expected, shelf, told, progress, bad_signatures=webhooks["bad_signature"])),
    )


@asynccontextmanager
async def _havoc(show: _Show, progress: Progress) -> AsyncIterator[Counter[str]]:
    """Kill and wipe while the block runs, if asked to; what was done is counted."""
    if show.victim is None:
        yield Counter()
        return
    chaos = Chaos(show.victim, progress, tell=show.ticker.say)
    async with _beside(chaos.run()):
        yield chaos.done


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` beside the block and end it with the block; what made it fail earlier is raised then."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.result()


async def _tick(progress: Progress, ticker: Ticker) -> None:
    while True:
        ticker.tick(_progress_line(progress), share=min(progress.done / progress.total, 0.99))
        await asyncio.sleep(_TICK_SECONDS)


def _progress_line(progress: Progress) -> str:
    return (
        f"replaying {progress.done:,} of {progress.total:,}, {progress.per_second:,.0f}/s,"
        f" {len(progress.refused):,} refused"
    )


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
