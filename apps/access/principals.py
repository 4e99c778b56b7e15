"""From a bearer token to a principal: at most one indexed statement, usually none.

A principal is served from this process's memory for at most PRINCIPAL_CACHE_SECONDS. Revoking a token or suspending
a client is published, so that other processes usually forget it within milliseconds; without Redis the seconds hold.
"""

import os
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import redis
import structlog
from django.conf import settings

from apps.core.context import PartyType, Principal
from apps.core.errors import AddressNotAllowed, InvalidToken, TenantSuspended
from apps.outbox.connections import fetch_one_statement
from apps.tenancy.types import TenantStatus

log = structlog.get_logger(component="stockwire.access")

_CHANNEL = "stockwire:revoked"
_EVERYTHING = "*"
_MAX_CACHED = 10_000
_LISTEN_SECONDS = 5.0
_TIMEOUT_SECONDS = 0.2

_SELECT = """
    SELECT token.token_checksum, token.expires, token.scope, application.id, application.tenant_id,
           application.party_type, application.party_id, application.allowed_networks, application.disabled_at,
           application.expires_at, tenant.status
    FROM oauth2_provider_accesstoken token
    JOIN access_application application ON application.id = token.application_id
    JOIN tenancy_tenant tenant ON tenant.id = application.tenant_id
"""
_FIND = f"{_SELECT} WHERE token.token_checksum = %s"
_FIND_ALL = f"{_SELECT} WHERE token.token_checksum = ANY(%s)"


@dataclass(frozen=True, slots=True)
class _Cached:
    principal: Principal
    networks: tuple[IPv4Network | IPv6Network, ...]
    until: float
    expires_at: datetime


_cache: dict[str, _Cached] = {}
_listener_lock = threading.Lock()
_listener_pid = 0


def resolve_token(token: str, address: str) -> Principal:
    """Return whom the token stands for.

    Raises InvalidToken (unknown, expired, revoked, client disabled), TenantSuspended or AddressNotAllowed.
    """
    checksum = checksum_of(token)
    cached = _cache.get(checksum)
    if cached is None or cached.until < time.monotonic():
        cached = _read(checksum)
    if cached.expires_at <= datetime.now(UTC):
        raise InvalidToken
    _check_address(cached, address)
    return cached.principal


def cached_principal(token: str, address: str) -> Principal | None:
    """Return the principal where it stands in memory and nothing speaks against it; None where it must be resolved."""
    cached = _cache.get(checksum_of(token))
    if cached is None or cached.until < time.monotonic() or cached.expires_at <= datetime.now(UTC) or cached.networks:
        return None
    return cached.principal


def standing(checksums: Collection[str]) -> dict[str, Principal]:
    """Return whom tokens stand for now, by their checksums, asked of the database; one that does not hold is left out.

    For what lives longer than a request: a stream asks again and again. Raises Unavailable.
    """
    held: dict[str, Principal] = {}
    for row in fetch_one_statement(_FIND_ALL, [list(checksums)]):
        try:
            held[row[0]] = _judged(row).principal
        except (InvalidToken, TenantSuspended):
            continue
    return held


def forget_token(token: str) -> None:
    """Make every process forget a token that was revoked."""
    _forget(checksum_of(token))


def forget_everything() -> None:
    """Make every process read its principals again: a client or tenant was suspended, or its scopes changed."""
    _forget(_EVERYTHING)


def _read(checksum: str) -> _Cached:
    _listen_for_revocations()
    rows = fetch_one_statement(_FIND, [checksum])
    if not rows:
        raise InvalidToken
    cached = _judged(rows[0])
    if len(_cache) >= _MAX_CACHED:
        _cache.clear()
    _cache[checksum] = cached
    return cached


def _judged(row: tuple[Any, ...]) -> _Cached:
    """Return whom a token's row stands for. Raises what `resolve_token` raises."""
    _, expires_at, scope, application_id, tenant_id, party, party_id, networks, disabled_at, ends_at, status = row
    now = datetime.now(UTC)
    if expires_at <= now or disabled_at is not None or (ends_at is not None and ends_at <= now):
        raise InvalidToken
    if status != TenantStatus.ACTIVE:
        raise TenantSuspended
    principal = Principal(
        tenant_id=tenant_id,
        application_id=application_id,
        party=PartyType(party),
        party_id=party_id,
        scopes=frozenset(scope.split()),
    )
    return _Cached(
        principal=principal,
        networks=tuple(ip_network(network) for network in networks),
        until=time.monotonic() + settings.PRINCIPAL_CACHE_SECONDS,
        expires_at=expires_at if ends_at is None else min(expires_at, ends_at),
    )


def _check_address(cached: _Cached, address: str) -> None:
    if not cached.networks:
        return
    try:
        caller = ip_address(address)
    except ValueError as error:
        raise AddressNotAllowed from error
    if not any(caller in network for network in cached.networks):
        raise AddressNotAllowed


def checksum_of(token: str) -> str:
    """Return by what a token is known: never the token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _forget(checksum: str) -> None:
    _drop(checksum)
    try:
        _client().publish(_channel(), checksum)
    except redis.RedisError:
        log.warning("revocation_not_published", until_seconds=settings.PRINCIPAL_CACHE_SECONDS)


def _drop(checksum: str) -> None:
    if checksum == _EVERYTHING:
        _cache.clear()
    else:
        _cache.pop(checksum, None)


def _channel() -> str:
    """Return the channel of this installation: a server publishes across its databases, and others may share it."""
    return f"{_CHANNEL}:{urlsplit(settings.REDIS_URL).path.strip('/') or 0}"


def _client() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=_TIMEOUT_SECONDS, socket_connect_timeout=_TIMEOUT_SECONDS
    )


def _listen_for_revocations() -> None:
    """Start this process's listener, once."""
    global _listener_pid  # noqa: PLW0603 -- one thread a process; a fork needs its own
    if _listener_pid == os.getpid():
        return
    with _listener_lock:
        if _listener_pid != os.getpid():
            _listener_pid = os.getpid()
            threading.Thread(target=_listen, name="revocations", daemon=True).start()


def _listen() -> None:
    pause = threading.Event()
    while True:
        try:
            subscription = _client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
            subscription.subscribe(_channel())
            # What was published while nobody listened is unknown: read everything again.
            _cache.clear()
            while True:
                message = subscription.get_message(timeout=_LISTEN_SECONDS)
                if message is not None:
                    _drop(message["data"].decode())
        except redis.RedisError:
            pause.wait(1.0)  # the cache's own seconds bound what is missed
