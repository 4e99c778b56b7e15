"""The event loop of dispatchers: uvloop where there is one."""

import asyncio
from importlib.util import find_spec

if find_spec("uvloop"):
    from uvloop import new_event_loop
else:  # Windows
    from asyncio import SelectorEventLoop  # psycopg needs a selector

    new_event_loop = SelectorEventLoop


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a fresh event loop."""
    return new_event_loop()
