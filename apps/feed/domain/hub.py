"""Everybody who follows logs in this process: one reader of each tenant's log, one look at all of them at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from apps.access.principals import standing
from apps.core.errors import Unavailable
from apps.core.metrics import stream_clients, stream_slow_clients
from apps.feed.domain.clients import Send, StreamClient
from apps.feed.domain.reading import Writer, read_heads, read_news, read_page
from apps.feed.domain.tenant_logs import Channel, TenantLog
from apps.feed.types import Frame, Subscription
from apps.outbox.hints import listen
from apps.outbox.waker import MOVED_CHANNEL

log = structlog.get_logger(component="stockwire.stream")

T = TypeVar("T")
_AWAY = (Unavailable, OperationalError, InterfaceError)
# Positions of one read: small against a ring, so that nobody who takes what comes is left behind by one step.
_STEP = 100
_PAUSE_SECONDS = 1.0
_TICK_SECONDS = 0.5
_SHARE_OF_A_TENANT = 0.75


class Hub:
    """Lives in one event loop. `write` and `mark` say how an event and a position look in a stream."""

    def __init__(self, *, write: Writer, mark: Callable[[int, int], bytes]) -> None:
        self._write = write
        self._mark = mark
        self._threads = ThreadPoolExecutor(settings.DATABASE_POOL_SIZE, thread_name_prefix="log")
        self._logs: dict[int, TenantLog] = {}
        self._clients: set[StreamClient] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._look = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.places = 0
        self.closing = False

    @property
    def is_full(self) -> bool:
        """True where nobody more is let in."""
        return self.closing or self.places > settings.STREAM_MAX_CLIENTS

    def is_full_for(self, tenant_id: int) -> bool:
        """True where nobody more of a tenant is let in: there is always room for another tenant."""
        tenant_log = self._logs.get(tenant_id)
        users = tenant_log.users if tenant_log else 0
        return self.is_full or users >= _SHARE_OF_A_TENANT * settings.STREAM_MAX_CLIENTS

    def start(self) -> None:
        """Begin to listen, to look and to watch."""
        self._tasks = [
            asyncio.create_task(coroutine)
            for coroutine in (listen(MOVED_CHANNEL, self._heard), self._poll(), self._watch(), self._check_tokens())
        ]

    async def join(self, subscription: Subscription, *, send: Send, opening: bytes) -> StreamClient:
        """Add a client; the task that calls this is its connection. Raises Unavailable."""
        tenant_log = await self._hold(subscription.principal.tenant_id)
        channel = tenant_log.channel(subscription.reader, subscription.interest)
        client = StreamClient(
            subscription, tenant_log, channel, send=send, catch=self._catch, mark=self._mark, opening=opening
        )
        self._clients.add(client)
        self._empty.clear()
        stream_clients.set(len(self._clients))
        client.wake()
        if self.closing:
            client.finish()
        return client

    def leave(self, client: StreamClient) -> None:
        """Forget a client whose connection has ended."""
        client.connection = None
        client.cut()
        self._clients.discard(client)
        if not self._clients:
            self._empty.set()
        stream_clients.set(len(self._clients))
        client.tenant_log.leave(client.channel, client)
        self._release(client.tenant_log)

    async def wait_beyond(self, tenant_id: int, position: int, seconds: float) -> None:
        """Return when the tenant's log goes beyond a position, or after `seconds`. Raises Unavailable."""
        tenant_log = await self._hold(tenant_id)
        try:
            async with asyncio.timeout(seconds):
                await tenant_log.beyond(position)
        except TimeoutError:
            return
        finally:
            self._release(tenant_log)

    async def close(self, *, seconds: float = 2.0) -> None:
        """End every stream: politely, and after some seconds in any case."""
        self.closing = True
        for client in list(self._clients):
            client.finish()
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            log.warning("streams_cut_off", clients=len(self._clients))
        for client in list(self._clients):
            client.cut()

    async def in_thread(self, function: Callable[[], T]) -> T:
        """Run what waits for the database."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    async def _hold(self, tenant_id: int) -> TenantLog:
        if tenant_id not in self._logs:
            heads = await self.in_thread(partial(read_heads, [tenant_id]))
            self._logs.setdefault(tenant_id, TenantLog(tenant_id, head=heads[tenant_id]))
        tenant_log = self._logs[tenant_id]
        tenant_log.users += 1
        self._look.set()
        return tenant_log

    def _release(self, tenant_log: TenantLog) -> None:
        tenant_log.users -= 1
        if not tenant_log.users:
            if tenant_log.follower is not None:
                tenant_log.follower.cancel()
            del self._logs[tenant_log.tenant_id]

    def _heard(self, hint: bytes | None) -> None:
        if hint is None or any(int(tenant) in self._logs for tenant in hint.split(b",")):
            self._look.set()

    async def _poll(self) -> None:
        """Look where the logs stand: at a hint, and five times a second without."""
        while True:
            try:
                async with asyncio.timeout(settings.STREAM_POLL_SECONDS if self._logs else None):
                    await self._look.wait()
            except TimeoutError:
                pass  # nobody said anything: look
            self._look.clear()
            try:
                heads = await self.in_thread(partial(read_heads, list(self._logs)))
            except _AWAY as error:
                log.warning("log_not_read", error=str(error))
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            for tenant_id, head in heads.items():
                tenant_log = self._logs.get(tenant_id)
                if tenant_log is not None:
                    tenant_log.head = max(tenant_log.head, head)
                    if tenant_log.follower is None and tenant_log.seen < tenant_log.head:
                        tenant_log.follower = asyncio.create_task(self._follow(tenant_log))

    async def _follow(self, tenant_log: TenantLog) -> None:
        """Read the log up to where it stands, a step at a time, and wake whoever is to be sent something."""
        try:
            while tenant_log.seen < tenant_log.head:
                channels = list(tenant_log.channels.values())
                up_to = min(tenant_log.head, tenant_log.seen + _STEP)
                try:
                    frames = await self._news(tenant_log, channels, up_to)
                except _AWAY as error:
                    log.warning("log_not_read", error=str(error))
                    await asyncio.sleep(_PAUSE_SECONDS)
                    continue
                tenant_log.advance(channels, frames, up_to=up_to)
                for channel, news in zip(channels, frames, strict=True):
                    for client in channel.clients if news else ():
                        client.wake()
        finally:
            tenant_log.follower = None

    async def _news(self, tenant_log: TenantLog, channels: list[Channel], up_to: int) -> list[list[Frame]]:
        if not channels:
            return []
        wanted = [(channel.reader, channel.interest) for channel in channels]
        read = partial(read_news, tenant_log.tenant_id, wanted, after=tenant_log.seen, up_to=up_to, write=self._write)
        return await self.in_thread(read)

    async def _catch(self, client: StreamClient) -> tuple[list[Frame], int]:
        channel = client.channel
        return await self.in_thread(
            partial(read_page, channel.reader, channel.interest, after=client.position, write=self._write)
        )

    async def _watch(self) -> None:
        """Cut off who does not take what is sent, and let who is sent nothing know that we are there."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = loop.time()
            for client in list(self._clients):
                if client.sending_since is not None:
                    if now - client.sending_since > settings.STREAM_SLOW_SECONDS:
                        stream_slow_clients.inc()
                        log.info("slow_client_cut_off", tenant=client.principal.tenant_id)
                        client.cut()
                elif now - client.last_sent >= settings.STREAM_HEARTBEAT_SECONDS:
                    client.is_due = True
                    client.wake()

    async def _check_tokens(self) -> None:
        """End the streams of tokens that were revoked or ran out, and of clients and tenants that were suspended."""
        while True:
            await asyncio.sleep(settings.STREAM_CHECK_SECONDS)
            tokens = {client.token for client in self._clients}
            if not tokens:
                continue
            try:
                held = await self.in_thread(partial(standing, tokens))
            except _AWAY as error:
                log.warning("tokens_not_checked", error=str(error))
                continue
            for client in list(self._clients):
                if client.token in tokens and held.get(client.token) != client.principal:
                    client.finish()
