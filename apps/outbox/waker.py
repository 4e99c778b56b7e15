"""Wakes the relay after a commit: a hint, never a promise.

One background thread publishes at most every few milliseconds with a short timeout; whatever goes wrong is counted
and otherwise ignored, because the relay also looks by itself five times a second. Nothing here runs inside a
transaction: `NOTIFY` before commit costs nine tenths of the commit rate.
"""

import os
import threading
from dataclasses import dataclass, field

import redis
from django.conf import settings

CHANNEL = "stockwire:wake"
_TIMEOUT_SECONDS = 0.05
_REST_SECONDS = 0.01


@dataclass(slots=True)
class _Waker:
    """The thread of one process."""

    pid: int
    wanted: threading.Event = field(default_factory=threading.Event)
    failures: int = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="waker", daemon=True).start()

    def _run(self) -> None:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        rest = threading.Event()
        while True:
            self.wanted.wait()
            self.wanted.clear()
            try:
                client.publish(CHANNEL, b"1")
            except redis.RedisError:
                self.failures += 1  # the relay's own poll is the backstop
            rest.wait(_REST_SECONDS)


_lock = threading.Lock()
_waker: _Waker | None = None


def wake_relay() -> None:
    """Tell a waiting relay that something was committed. Never blocks and never fails."""
    global _waker  # noqa: PLW0603 -- one thread a process; a fork needs its own
    waker = _waker
    if waker is None or waker.pid != os.getpid():
        with _lock:
            if _waker is None or _waker.pid != os.getpid():
                _waker = _Waker(os.getpid())
                _waker.start()
            waker = _waker
    waker.wanted.set()
