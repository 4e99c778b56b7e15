"""One client of the live stream: where it stands, and what is being sent to it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError

from apps.core.errors import Refusal, Unavailable
from apps.core.metrics import stream_events
from apps.feed.domain.tenant_logs import Channel, TenantLog
from apps.feed.types import Frame, Subscription

log = structlog.get_logger(component="stockwire.stream")

Send = Callable[[bytes, bool], Awaitable[None]]
Catch = Callable[["StreamClient"], Awaitable[tuple[list[Frame], int]]]
_PAUSE_SECONDS = 1.0


class StreamClient:
    """A client that is idle costs this object; a task sends only while there is something to send.

    Nothing is queued for it: it reads its channel's ring from its own position, and the log where the ring has gone on.
    """

    __slots__ = (
        "_catch", "_mark", "_opening", "_send", "_sender", "channel", "connection", "ending", "is_due", "last_sent",
        "position", "principal", "sending_since", "tenant_log", "token",
    )  # fmt: skip

    def __init__(
        self,
        subscription: Subscription,
        tenant_log: TenantLog,
        channel: Channel,
        *,
        send: Send,
        catch: Catch,
        mark: Callable[[int, int], bytes],
        opening: bytes,
    ) -> None:
        self.principal = subscription.principal
        self.token = subscription.token
        self.tenant_log = tenant_log
        self.channel = channel
        channel.clients.add(self)
        self.position = channel.seen if subscription.after is None else subscription.after
        self.connection: asyncio.Task[Any] | None = asyncio.current_task()
        self.sending_since: float | None = None
        self.last_sent = asyncio.get_running_loop().time()
        self.ending = False
        self.is_due = False  # it should hear of us, even if there is nothing to tell
        self._send = send
        self._catch = catch
        self._mark = mark
        self._opening = opening
        self._sender: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Have sent what there is: the opening, what is behind the client's position, a heartbeat."""
        if self._sender is None:
            self._sender = asyncio.get_running_loop().create_task(self._run())

    def finish(self) -> None:
        """End the stream behind what is being sent; the client comes back with the last id."""
        self.ending = True
        self.wake()

    def cut(self) -> None:
        """End the connection now."""
        if self._sender is not None:
            self._sender.cancel()
        if self.connection is not None:
            self.connection.cancel()

    async def _run(self) -> None:
        try:
            try:
                await self._send_all()
            except (Refusal, OperationalError, InterfaceError) as error:
                # The log does not go back that far any more, or cannot be read: coming back tells the client which.
                log.info("stream_ended", tenant=self.principal.tenant_id, reason=str(error))
                self.ending = True
            if self.ending:
                await self._deliver(b"", more=False)
                if self.connection is not None:
                    self.connection.cancel()
        finally:
            self._sender = None
            self.sending_since = None

    async def _send_all(self) -> None:
        if self._opening:
            text, self._opening = self._opening + self._mark(self.principal.tenant_id, self.position), b""
            await self._deliver(text)
        while not self.ending and (self.position < self.channel.seen or self.is_due):
            if self.position >= self.channel.seen:
                # The id moves on although nothing was for this client: it never gets too old to come back with.
                self.is_due = False
                await self._deliver(b":\n" + self._mark(self.principal.tenant_id, self.position))
            elif self.position < self.channel.start:
                frames, up_to = await self._caught_up()
                await self._tell(b"".join(frame.text for frame in frames), len(frames), up_to)
            else:
                text, up_to, count = self.channel.behind(self.position)
                await self._tell(text, count, up_to)

    async def _tell(self, text: bytes, count: int, up_to: int) -> None:
        if text:
            await self._deliver(text)
            stream_events.inc(count)
            self.is_due = False
        self.position = up_to

    async def _caught_up(self) -> tuple[list[Frame], int]:
        try:
            return await self._catch(self)
        except (Unavailable, OperationalError, InterfaceError):
            await asyncio.sleep(_PAUSE_SECONDS)
            return await self._catch(self)

    async def _deliver(self, text: bytes, *, more: bool = True) -> None:
        loop = asyncio.get_running_loop()
        self.sending_since = loop.time()
        await self._send(text, more)
        self.sending_since = None
        self.last_sent = loop.time()
