"""Which addresses a webhook may reach. Our own list: `ipaddress.is_global` is wrong for NAT64, 6to4 and more."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*texts: str) -> tuple[Network, ...]:
    return tuple(ip_network(text) for text in texts)


# What a demo, the sandbox and tests may reach when WEBHOOK_ALLOW_PRIVATE says so; never anything of `_NEVER`.
_PRIVATE = _networks("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
_NEVER = _networks(
    "0.0.0.0/8",
    "100.64.0.0/10",  # carrier-grade NAT
    "169.254.0.0/16",  # link-local: cloud metadata lives here
    "192.0.0.0/24",
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",  # 6to4 relays
    "192.175.48.0/24",
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
)
# IPv6 is the other way round: only what is given out for the internet is allowed, less what carries IPv4 inside.
_IPV6_INTERNET = IPv6Network("2000::/3")
_IPV6_NEVER = _networks(
    "2001::/23",  # IETF protocol assignments, Teredo among them
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4
    "2620:4f:8000::/48",
    "3fff::/20",  # documentation
)


def may_reach(text: str, *, allow_private: bool) -> bool:
    """Tell whether a webhook may connect to this address; what is not an address may not be reached."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            # The socket goes to the IPv4 address whatever it is called; nobody writes one so in good faith.
            return False
        if address.scope_id is not None:
            return False
    if _within(address, _PRIVATE):
        return allow_private
    if isinstance(address, IPv6Address):
        return address in _IPV6_INTERNET and not _within(address, _IPV6_NEVER)
    return not _within(address, _NEVER)


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
