"""Wakes the relay after a commit, and the log's readers after the relay: a hint, never a promise.

One background thread publishes at most every few milliseconds with a short timeout; whatever goes wrong is counted
and otherwise ignored, because the relay and the readers also look by themselves five times a second. Nothing here
runs inside a transaction: `NOTIFY` before commit costs nine tenths of the commit rate.
"""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import redis
from django.conf import settings

CHANNEL = "stockwire:wake"
# The tenants whose logs have grown, by comma.
MOVED_CHANNEL = "stockwire:moved"
_TIMEOUT_SECONDS = 0.05
_REST_SECONDS = 0.01


@dataclass(slots=True)
class _Waker:
    """The thread of one process. What is wanted before it publishes is told once."""

    pid: int
    wanted: threading.Event = field(default_factory=threading.Event)
    committed: bool = False
    moved: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    failures: int = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="waker", daemon=True).start()

    def want(self, *, committed: bool = False, moved: Iterable[int] = ()) -> None:
        """Have it told, soon."""
        with self.lock:
            self.committed = self.committed or committed
            self.moved.update(moved)
        self.wanted.set()

    def _run(self) -> None:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
        )
        rest = threading.Event()
        while True:
            self.wanted.wait()
            self.wanted.clear()
            with self.lock:
                committed, self.committed = self.committed, False
                moved, self.moved = self.moved, set()
            try:
                if committed:
                    client.publish(CHANNEL, b"1")
                if moved:
                    client.publish(MOVED_CHANNEL, ",".join(map(str, sorted(moved))))
            except redis.RedisError:
                self.failures += 1  # their own polls are the backstop
            rest.wait(_REST_SECONDS)


_lock = threading.Lock()
_waker: _Waker | None = None


def wake_relay() -> None:
    """Tell a waiting relay that something was committed. Never blocks and never fails."""
    _of_this_process().want(committed=True)


def wake_readers(tenants: Iterable[int]) -> None:
    """Tell the readers of the log that it has grown for these tenants. Never blocks and never fails."""
    _of_this_process().want(moved=tenants)


def _of_this_process() -> _Waker:
    global _waker  # noqa: PLW0603 -- one thread a process; a fork needs its own
    waker = _waker
    if waker is None or waker.pid != os.getpid():
        with _lock:
            if _waker is None or _waker.pid != os.getpid():
                _waker = _Waker(os.getpid())
                _waker.start()
            waker = _waker
    return waker
