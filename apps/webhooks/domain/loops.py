"""The event loop of dispatchers: uvloop where there is one."""

import asyncio
import sys


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a fresh event loop."""
    if sys.platform == "win32":
        return asyncio.SelectorEventLoop()  # psycopg needs a selector
    import uvloop

    return uvloop.new_event_loop()
