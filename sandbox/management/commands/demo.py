"""`python manage.py demo`."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import uvloop
from django.core.management.base import CommandParser

from sandbox.demo.errors import DemoError
from sandbox.demo.options import Options, read_options
from sandbox.demo.play import Place, Run, play
from sandbox.demo.report import Ticker, banner, reconciliation
from sandbox.demo.tenant import make_tenant
from sandbox.management.base import SandboxCommand
from sandbox.running import ensure_running, stop
from sandbox.supervisor.env_file import read_env_file
from sandbox.supervisor.state import Phase

_INTERRUPTED = 130


class Command(SandboxCommand):
    """Replay real shop data through the API and prove that every number came out right."""

    help = (
        "Replay real shop data through the API, receive the webhooks, and prove that every number came out right. "
        "Environment: FULL=1 (all lines) or LINES=n, ONCE=1 (end after the proof), CHAOS=1 (kill processes meanwhile)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Let it play on a system that the supervisor does not run."""
        parser.add_argument("--url", help="base URL of a running API whose DATABASE_URL is in the environment")

    def run(self, options: dict[str, Any]) -> None:
        """Start the system unless it is up, play, and stop it again if it was started here."""
        asked = read_options(os.environ)
        for number in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
            signal.signal(number, signal.default_int_handler)
        place = self._place(options["url"], asked)
        code = _INTERRUPTED
        try:
            code = self._play(place, asked)
        finally:
            if place.running is not None and place.running.started_by_us:
                self.stdout.write("  stopping")
                stop(place.running.state_dir)
        sys.exit(code)

    def _play(self, place: Place, asked: Options) -> int:
        """Return the exit code: 0 only when exact."""
        finished: list[Run] = []

        async def afterwards(run: Run) -> None:
            finished.append(run)
            self._tell_result(run, place=place, stays=not asked.once)
            if not asked.once:
                await asyncio.Event().wait()  # Ctrl-C ends it

        ticker = Ticker(self._write, live=sys.stdout.isatty())
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_until_terminated(play(place, asked, ticker, afterwards=afterwards)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            if not finished:
                return _INTERRUPTED
        return 0 if finished[0].result.exact else 1

    def _tell_result(self, run: Run, *, place: Place, stays: bool) -> None:
        self._write(reconciliation(run.result) + "\n")
        if stays:
            partner = next(iter(run.cast.partners.values()))
            self._write(banner(base_url=place.base_url, supplier=run.cast.supplier, partner=partner, sku=run.sku))
            self._write("\n  The receiver listens on. Ctrl-C ends.\n")

    def _place(self, url: str | None, asked: Options) -> Place:
        if url is None:
            running = ensure_running(report=self._tell_phase)
            tenant = partial(make_tenant, environment=read_env_file(running.state_dir))
            return Place(running.base_url, tenant, running)
        if asked.chaos:
            message = "CHAOS=1 kills processes that the supervisor starts again: it does not go with --url."
            raise DemoError(message)
        return Place(url.rstrip("/"), partial(make_tenant, environment={}))

    def _tell_phase(self, phase: Phase) -> None:
        self._write(f"  {phase.name:<16} {phase.detail:<100.100} {phase.seconds:6.2f} s\n")

    def _write(self, text: str) -> None:
        self.stdout.write(text, ending="")
        self.stdout.flush()


async def _until_terminated(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; SIGTERM cancels it, as the runner has Ctrl-C do, so that it still tidies up."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    await task
