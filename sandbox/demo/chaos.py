"""CHAOS=1: one process after the other is killed with SIGKILL while the replay runs, and Valkey is wiped once."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle

import redis

from sandbox.demo.replay import Progress
from sandbox.running import Running
from sandbox.supervisor.env_file import read_env_file

EVERY_SECONDS = 2.0
# A short replay must not be over before everything was killed: a tenth of the lines counts as two seconds.
EVERY_SHARE = 0.1
_POLL_SECONDS = 0.05
_VICTIMS = ("dispatch", "worker", "api worker")


class Chaos:
    """Kills in turn the event pump, the Celery worker and one worker process of the API. `done` counts by name."""

    def __init__(self, running: Running, progress: Progress, *, tell: Callable[[str], None]) -> None:
        self._running = running
        self._progress = progress
        self._tell = tell
        self.done: Counter[str] = Counter()

    async def run(self) -> None:
        """Kill until cancelled."""
        victims = cycle(_VICTIMS)
        last_at, last_share = time.monotonic(), 0.0
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            share = self._progress.done / self._progress.total
            if share >= 0.5 and not self.done["valkey wiped"]:
                await asyncio.to_thread(self._wipe_valkey)
            if time.monotonic() - last_at >= EVERY_SECONDS or share - last_share >= EVERY_SHARE:
                await asyncio.to_thread(self._kill, next(victims))
                last_at, last_share = time.monotonic(), share

    def _kill(self, victim: str) -> None:
        pid = self._pid_of(victim)
        if pid is None:
            self.done[f"{victim} was still down"] += 1
            return
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it ended since the supervisor told its pid
            self.done[f"{victim} was still down"] += 1
            return
        self.done[f"{victim} killed"] += 1
        self._tell(f"kill -9 {pid} ({victim})")

    def _pid_of(self, victim: str) -> int | None:
        if victim != "api worker":
            return self._running.pid_of(victim)
        workers = self._running.api_workers()
        return workers[0] if workers else None  # the oldest, so that each one's turn comes

    def _wipe_valkey(self) -> None:
        url = read_env_file(self._running.state_dir)["REDIS_URL"]
        with redis.Redis.from_url(url) as valkey:
            valkey.flushall()
        self.done["valkey wiped"] += 1
        self._tell("FLUSHALL")
