"""The event loop of dispatchers: uvloop where there is one."""

import asyncio
from importlib.util import find_spec

if find_spec("uvloop"):
    from uvloop import new_event_loop as _fast_loop
else:  # Windows
    _fast_loop = None  # type: ignore[assignment]


def new_loop() -> asyncio.AbstractEventLoop:
    """Return a fresh event loop."""
    # psycopg needs a selector where the default is another
    return _fast_loop() if _fast_loop is not None else asyncio.SelectorEventLoop()
