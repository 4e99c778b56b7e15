"""The demo's end of the receiver's process."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sandbox.demo.errors import ReceiverFailed
from sandbox.state_dir import CHECKOUT

_LONGEST_ANSWER = 16 * 1024 * 1024
_SECONDS = 30.0


class Listener:
    """A running receiver. `url` is where webhooks go, with the subscriber's name behind a slash."""

    def __init__(self, process: Process, url: str) -> None:
        self._process = process
        self._one_at_a_time = asyncio.Lock()
        self.url = url

    async def subscribe(self, name: str, *, secret: str, reads: str) -> None:
        """Expect webhooks for `name`, signed with `secret`; `reads` is the member of `data` that holds the stock."""
        await self._ask("subscribe", name, secret, reads)

    async def mark(self) -> None:
        """Measure latency and rate from here on."""
        await self._ask("mark")

    async def behind(self, versions: Mapping[str, int]) -> dict[str, int]:
        """Return how many SKUs each subscriber does not have the last state of."""
        return dict(await self._ask("behind", versions))

    async def stock(self) -> dict[str, dict[str, int]]:
        """Return the last quantity per subscriber and SKU."""
        return dict(await self._ask("stock"))

    async def lag(self) -> float:
        """Return how long the latest webhooks took from commit to here, in seconds (their median)."""
        return float(await self._ask("lag"))

    async def summary(self) -> dict[str, Any]:
        """Return counts, percentiles and the rate."""
        return dict(await self._ask("summary"))

    async def _ask(self, action: str, *arguments: object) -> Any:
        # Shielded: an answer that nobody waited for any more would be read as the next one's.
        return await asyncio.shield(self._exchange(action, arguments))

    async def _exchange(self, action: str, arguments: tuple[object, ...]) -> Any:
        async with self._one_at_a_time:
            if self._process.stdin is None:
                raise ReceiverFailed("The receiver has no standard input.")
            self._process.stdin.write(json.dumps([action, arguments]).encode() + b"\n")
            return await _read(self._process)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Run a receiver for as long as the block lasts. Raises ReceiverFailed when it does not start."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox.demo.receiver",
        cwd=CHECKOUT,
        stdin=PIPE,
        stdout=PIPE,
        limit=_LONGEST_ANSWER,
        start_new_session=True,  # Ctrl-C is for the demo: the receiver ends when its input does
    )
    try:
        yield Listener(process, (await _read(process))["url"])
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


async def _read(process: Process) -> Any:
    if process.stdout is None:
        raise ReceiverFailed("The receiver has no standard output.")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _SECONDS)
    except TimeoutError as error:
        message = f"The webhook receiver, pid {process.pid}, did not answer in {_SECONDS:.0f} s."
        raise ReceiverFailed(message) from error
    if not line:
        message = f"The webhook receiver ended with code {await process.wait()}."
        raise ReceiverFailed(message)
    return json.loads(line)
