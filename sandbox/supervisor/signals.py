"""Waiting that ends at once when a child dies or somebody asks to stop."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self


class StopRequested(Exception):
    """SIGTERM, SIGINT or SIGHUP arrived."""


class Signals:
    """Turns signals into the end of a wait. Use as a context manager, from the main thread.

    Handlers only take a note, so that no statement is interrupted between starting a child and remembering it.
    """

    def __init__(self) -> None:
        self._stop = False
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)

    def __enter__(self) -> Self:
        """Install the handlers."""
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note_stop)
        signal.signal(signal.SIGCHLD, _only_wake)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Bring back the defaults."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, seconds: float) -> None:
        """Return after `seconds`, or earlier when a child ended; raises StopRequested once a stop was asked for."""
        self.wait_uninterrupted(seconds)
        if self._stop:
            raise StopRequested

    def wait_uninterrupted(self, seconds: float) -> None:
        """Return after `seconds` or at any signal: for the shutdown, which a second Ctrl-C must not cut short."""
        if self._stop:
            # A pending stop must not turn polling into spinning: drain what woke us, then wait in full.
            self._drain()
        select.select([self._reader], [], [], seconds)
        self._drain()

    def _drain(self) -> None:
        while select.select([self._reader], [], [], 0)[0]:
            os.read(self._reader, 512)

    def _note_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True


def _only_wake(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the wake-up descriptor did it. SIG_IGN would let the kernel reap our children."""
