"""The webhook receiver, in a process of its own: `python -m sandbox.demo.receiver`.

It listens on a loopback port, tells it on standard output, and obeys requests on standard input, one JSON object a
line; it ends when standard input does, so it never outlives the demo.
"""

import asyncio
import json
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop
from aiohttp import web

from sandbox.demo.inbox import Inbox
from sandbox.embedded.ports import LOOPBACK, first_free_port

PREFERRED_PORT = 28100
_LONGEST_REQUEST = 1024 * 1024


async def serve() -> None:
    """Receive webhooks below a path of this run until standard input ends."""
    inbox = Inbox()
    application = web.Application()
    run = secrets.token_hex(8)
    application.router.add_post(f"/{run}/{{subscriber}}", _hook(inbox))
    application.router.add_post("/{path:.*}", _gone)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = first_free_port(PREFERRED_PORT)
    await web.TCPSite(runner, LOOPBACK, port).start()
    _say({"url": f"http://{LOOPBACK}:{port}/{run}"})
    try:
        await _obey(inbox)
    finally:
        await runner.cleanup()


def _hook(inbox: Inbox) -> Callable[[web.Request], Any]:
    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        known = inbox.receive(request.match_info["subscriber"], request.headers, body, now=time.time())
        return web.Response(status=204 if known else 401)

    return hook


async def _gone(_request: web.Request) -> web.Response:
    """Answer what a killed run has left subscribed: 410 ends the subscription."""
    return web.Response(status=410)


async def _obey(inbox: Inbox) -> None:
    requests = asyncio.StreamReader(limit=_LONGEST_REQUEST)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(requests), sys.stdin)
    actions: dict[str, Callable[..., Any]] = {
        "subscribe": inbox.subscribe,
        "mark": inbox.mark,
        "behind": inbox.behind,
        "stock": inbox.stock,
        "lag": inbox.lag,
        "summary": inbox.summary,
    }
    while line := await requests.readline():
        name, arguments = json.loads(line)
        _say(actions[name](*arguments))


def _say(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(serve())
