"""Free loopback ports below 32768, where Linux hands out no ephemeral ports."""

import socket
from collections.abc import Collection

from sandbox.errors import NoFreePort

LOOPBACK = "127.0.0.1"
FIRST_EPHEMERAL_PORT = 32768


def first_free_port(preferred: int, *, avoid: Collection[int] = ()) -> int:
    """Return `preferred` or the next free port above it; raises NoFreePort when there is none below 32768."""
    for port in range(preferred, FIRST_EPHEMERAL_PORT):
        if port not in avoid and is_free(port):
            return port
    message = f"No free port between {preferred} and {FIRST_EPHEMERAL_PORT - 1} on {LOOPBACK}: end whatever holds them."
    raise NoFreePort(message)


def is_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def hold(port: int) -> socket.socket:
    """Keep a port from being chosen by others until the socket is closed; a server of ours may share it.

    A port is chosen long before its server binds it. The socket never listens, so it takes no connection.
    """
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    holder.bind((LOOPBACK, port))
    return holder
