import asyncio
import socket
from collections.abc import Callable, Iterator

import aiohttp
import pytest
from pytest_django import Settings

from apps.core.errors import ValidationFailed
from apps.webhooks.domain.addresses import may_reach
from apps.webhooks.domain.sending import AddressRefusedError, Reply, Sender, guarded_socket
from apps.webhooks.domain.urls import checked_url, why_refused

_PRIVATE = [
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "::1", "fc00::1", "fdff::1",
]  # fmt: skip
_NEVER = [
    "0.0.0.0", "0.1.2.3", "100.64.0.1", "100.127.255.255", "169.254.169.254", "192.0.0.8", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::1",
    "2002:808:808::1", "3fff::1", "5f00::1", "fe80::1", "fe80::1%1", "fec0::1", "ff02::1", "4000::1",
    "", "localhost", "2130706433", "127.1", "0x7f000001", "0177.0.0.1",
]  # fmt: skip
_PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("address", _PUBLIC)
@pytest.mark.parametrize("allow_private", [True, False])
def test_the_internet_may_be_reached(address: str, allow_private: bool) -> None:
    assert may_reach(address, allow_private=allow_private)


@pytest.mark.parametrize("address", _PRIVATE)
def test_private_addresses_only_where_the_setting_says_so(address: str) -> None:
    assert not may_reach(address, allow_private=False)
    assert may_reach(address, allow_private=True)


@pytest.mark.parametrize("address", _NEVER)
@pytest.mark.parametrize("allow_private", [True, False])
def test_the_rest_may_never_be_reached(address: str, allow_private: bool) -> None:
    assert not may_reach(address, allow_private=allow_private)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "file:///etc/passwd", "unix:///run/x", "//example.com/", "example.com",
        "https://", "https:///x", "https://a b.com/", "https://example.com\\@127.0.0.1/", "https://user@example.com/",
        "https://@example.com/", "https://u:p@example.com/", "https://example.com/#part", "https://example.com/#",
        "https://example.com:0/", "https://example.com:99999/", "https://example.com:x/", "https://example.com:22/",
        "https://example.com:6379/", "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/", "https://169.254.169.254/latest", "https://2130706433/", "https://127.1/",
        "https://0x7f000001/", "https://0x7f.1/", "https://0/", "https://127.0.0.1./", "https://localhost/",
        "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://[fe80::1%25eth0]/",
        "https://ex%61mple.com/", "https://１２７.0.0.1/", "https://example.com/\n", "https://example.com/" + "x" * 2048,
        "https://stockwire.example/hook", "https://STOCKWIRE.example./hook",
    ],
)  # fmt: skip
def test_urls_that_are_refused_when_they_are_written(url: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    settings.PUBLIC_URL = "https://stockwire.example"
    with pytest.raises(ValidationFailed) as refusal:
        checked_url(url)
    assert [error.pointer for error in refusal.value.errors] == ["#/url"]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook", "https://example.com:8443/a?b=c", "https://exämple.com/", "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]/", "https://example.com./x", "https://stockwire.example:8443/",
    ],
)  # fmt: skip
def test_urls_that_are_accepted(url: str, settings: Settings) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    settings.PUBLIC_URL = "https://stockwire.example"
    assert why_refused(url) is None


@pytest.mark.parametrize(
    ("family", "address"),
    [
        (socket.AF_INET, ("169.254.169.254", 80)),
        (socket.AF_INET6, ("::ffff:7f00:1", 80, 0, 0)),
        (socket.AF_UNIX, ("/x",)),
    ],
)
def test_the_guard_makes_no_socket_for_what_may_not_be_reached(family: int, address: tuple[object, ...]) -> None:
    with pytest.raises(AddressRefusedError):
        guarded_socket((family, socket.SOCK_STREAM, 0, "", address))


class _Names(aiohttp.abc.AbstractResolver):
    """A name server of the test's own: every name is at these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), ("::1",), ("127.0.0.1", "::1"), ("169.254.169.254",), ("64:ff9b::7f00:1",)]
)
def test_a_public_name_that_leads_inside_is_stopped_at_the_socket(
    addresses: tuple[str, ...], settings: Settings, unused_listener: Callable[[], int]
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    settings.PUBLIC_URL = "https://stockwire.example"
    port = unused_listener()

    async def post() -> Reply:
        sender = Sender(resolver=_Names(*addresses))
        try:
            return await sender.post(f"https://example.com:{port}/", body=b"{}", event_id="evt_1", secrets=[])
        finally:
            await sender.close()

    reply = asyncio.run(post())
    assert (reply.status, reply.address) == (None, None)
    assert reply.error is not None
    assert "may not reach" in reply.error


@pytest.fixture
def unused_listener() -> Iterator[Callable[[], int]]:
    """Return a listener's port; the test fails at teardown if anybody connected."""
    listener = socket.socket()
    for port in range(28_500, 28_900):
        try:
            listener.bind(("127.0.0.1", port))
            break
        except OSError:
            continue
    listener.listen()
    listener.setblocking(False)
    yield lambda: listener.getsockname()[1]
    with listener, pytest.raises(BlockingIOError):
        listener.accept()
