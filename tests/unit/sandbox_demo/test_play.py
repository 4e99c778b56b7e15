"""The whole demo against a shop whose faults are known."""

import asyncio

from sandbox.demo.options import Options
from sandbox.demo.play import Place, Run, play
from sandbox.demo.report import Result, Ticker, reconciliation
from tests.unit.sandbox_demo.shop import Shop, open_shop

LINES = 150


def result_of(shop: Shop) -> tuple[Result, list[str]]:
    """Play on `shop`; return the result and what was printed."""
    printed: list[str] = []
    finished: list[Run] = []

    async def note(run: Run) -> None:
        finished.append(run)

    async def run() -> None:
        async with open_shop(shop) as url:
            place = Place(url, shop.cast)
            await play(place, Options(limit=LINES), Ticker(printed.append, live=False), afterwards=note)

    asyncio.run(run())
    return finished[0].result, printed


def test_answers_that_get_lost_and_tokens_that_expire_leave_the_stock_exact() -> None:
    shop = Shop(lose_every=5)
    result, printed = result_of(shop)
    assert result.wrong == ()
    assert result.progress.done == len(result.lines.goods)
    assert result.progress.replayed > 0
    assert result.retries["ServerDisconnectedError"] > 0
    assert result.progress.refusals()["insufficient_stock"] == len(result.expected.refused) > 0
    assert set(result.told) == {"supplier", "United-Kingdom", "France"}
    assert shop.hooks == {}  # unsubscribed
    assert len(printed) < 12  # a log is not flooded
    assert reconciliation(result).splitlines()[-2] == "EXACT"


def test_a_system_that_forgets_its_keys_is_found_out() -> None:
    result, _ = result_of(Shop(lose_every=5, forgets_keys=True))
    assert not result.exact
    text = reconciliation(result)
    assert "NOT EXACT" in text
    assert "refused without reason" in text  # what was sold twice is missing later
