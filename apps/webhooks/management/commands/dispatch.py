"""Hosts the dispatcher without Celery: the lowest latency, and deliveries while Redis is away."""

import asyncio
import signal

from django.core.management.base import CommandError

from apps.core.management.base import Command as BaseCommand
from apps.core.management.base import Options
from apps.core.metrics_server import serve_metrics
from apps.webhooks.domain.dispatcher import Dispatcher
from apps.webhooks.domain.links import ClocksDifferError
from apps.webhooks.domain.loops import new_loop


class Command(BaseCommand):
    help = "Relay events and deliver webhooks until SIGTERM, which lets what is under way end. Several may run at once."
    examples = "  python manage.py dispatch"

    def run(self, options: Options) -> None:
        serve_metrics()
        with asyncio.Runner(loop_factory=new_loop) as runner:
            try:
                runner.run(_dispatch())
            except ClocksDifferError as error:
                raise CommandError(str(error)) from error


async def _dispatch() -> None:
    dispatcher = Dispatcher()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, dispatcher.stop)
    await dispatcher.run()
