"""A tenant's log as one process follows it: read once, kept for a while, for everybody who streams it."""

import asyncio
from bisect import bisect_right
from typing import Any

from django.conf import settings

from apps.core.context import Principal
from apps.feed.types import Frame, Interest

_CHUNK_BYTES = 64 * 1024


class Channel:
    """What one party with one interest is sent; its ring has everything wanted behind `start`, up to `seen`."""

    __slots__ = ("_bytes", "_positions", "_texts", "clients", "interest", "reader", "seen", "start")

    def __init__(self, reader: Principal, interest: Interest, *, at: int) -> None:
        self.reader = reader
        self.interest = interest
        self.clients: set[Any] = set()
        self.clear(at)

    def clear(self, at: int) -> None:
        """Begin anew at a position."""
        self.start = self.seen = at
        self._positions: list[int] = []
        self._texts: list[bytes] = []
        self._bytes = 0

    def append(self, frames: list[Frame], *, up_to: int) -> None:
        """Keep what is new, and as much of what was as there is room for."""
        for frame in frames:
            self._positions.append(frame.position)
            self._texts.append(frame.text)
            self._bytes += len(frame.text)
        dropped = 0
        while self._bytes > settings.STREAM_RING_BYTES:
            self._bytes -= len(self._texts[dropped])
            self.start = self._positions[dropped]
            dropped += 1
        del self._positions[:dropped], self._texts[:dropped]
        self.seen = up_to

    def behind(self, position: int) -> tuple[bytes, int, int]:
        """Return a piece of what follows a position in the ring, up to where it leads, and how many events it has."""
        first = bisect_right(self._positions, position)
        size, last = 0, first
        while last < len(self._texts) and (last == first or size + len(self._texts[last]) <= _CHUNK_BYTES):
            size += len(self._texts[last])
            last += 1
        up_to = self.seen if last == len(self._texts) else self._positions[last - 1]
        if last - first == 1:
            return self._texts[first], up_to, 1  # the same bytes for everybody
        return b"".join(self._texts[first:last]), up_to, last - first


class TenantLog:
    """How far a tenant's log was read, by whom it is wanted, and where it stands as far as is known."""

    def __init__(self, tenant_id: int, *, head: int) -> None:
        self.tenant_id = tenant_id
        self.seen = head
        self.head = head
        self.users = 0
        self.follower: asyncio.Task[None] | None = None
        self.channels: dict[tuple[Principal, Interest], Channel] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def channel(self, reader: Principal, interest: Interest) -> Channel:
        """Return the channel of a party's interest, made where there is none."""
        key = (reader, interest)
        if key not in self.channels:
            self.channels[key] = Channel(reader, interest, at=self.seen)
        return self.channels[key]

    def leave(self, channel: Channel, client: Any) -> None:
        """Have a client leave its channel; the last to leave closes it."""
        channel.clients.discard(client)
        if not channel.clients:
            del self.channels[channel.reader, channel.interest]

    def advance(self, channels: list[Channel], frames: list[list[Frame]], *, up_to: int) -> None:
        """Hand out what was read. A channel that was opened meanwhile begins behind it: its clients read the log."""
        self.seen = up_to
        for channel, news in zip(channels, frames, strict=True):
            channel.append(news, up_to=up_to)
        for channel in self.channels.values():
            if channel.seen != up_to:
                channel.clear(up_to)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def beyond(self, position: int) -> None:
        """Return when the log was read further than a position."""
        while self.seen <= position:
            changed = asyncio.get_running_loop().create_future()
            self._waiting.append(changed)
            await changed
