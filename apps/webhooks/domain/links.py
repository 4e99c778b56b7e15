"""The dispatcher's own connections to the database: the relay's role, autocommit, never Django's."""

import time

import psycopg
import structlog
from django.conf import settings

from apps.outbox.domain.relay import RelayConnection
from apps.webhooks.domain.claims import clock_difference

log = structlog.get_logger(component="stockwire.webhooks")

MAX_CLOCK_DIFFERENCE_SECONDS = 5.0


class ClocksDifferError(Exception):
    """The worker's clock and the database's are more than five seconds apart: receivers would refuse signatures."""


class Link:
    """A connection that is opened when it is needed, and again after it broke."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._connection: RelayConnection | None = None

    async def connection(self) -> RelayConnection:
        """Return the open connection. Raises psycopg.OperationalError or, having just opened it, ClocksDifferError."""
        if self._connection is None or self._connection.closed:
            opened = await psycopg.AsyncConnection.connect(
                settings.DATABASE_RELAY_URL,
                autocommit=True,
                prepare_threshold=settings.DATABASE_PREPARE_THRESHOLD,
                connect_timeout=3,
                application_name=f"stockwire-{self._purpose}",
            )
            self._connection = opened
            await self.check_clocks()
        return self._connection

    async def check_clocks(self) -> None:
        """Raise ClocksDifferError where this machine's clock would make signatures worthless."""
        if self._connection is None:
            return
        difference = await clock_difference(self._connection, worker_clock=time.time())
        if abs(difference) > MAX_CLOCK_DIFFERENCE_SECONDS:
            raise ClocksDifferError(f"The database's clock is {difference:+.1f} s from this machine's.")

    async def drop(self) -> None:
        """Close the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()
