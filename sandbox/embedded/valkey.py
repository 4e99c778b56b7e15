"""One Valkey server, loopback only, with a password."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path

import redis

from sandbox.embedded.discovery import Binaries
from sandbox.embedded.ports import LOOPBACK
from sandbox.errors import PasswordsLost
from sandbox.processes.program import Account, Program

_DURABLE = ("--appendonly", "yes", "--appendfsync", "everysec")
_VOLATILE = ("--appendonly", "no", "--save", "")


@dataclass(frozen=True, slots=True)
class ValkeyServer:
    """What Valkey needs to run; nothing runs yet."""

    binaries: Binaries
    data: Path
    log: Path
    account: Account | None
    password: str = field(repr=False)
    durable: bool = True
    preferred_port: int = 28379
    name: str = "valkey"

    def prepare(self) -> None:
        """Make the data directory, 0700, owned by the account that serves."""
        self.data.mkdir(exist_ok=True)
        if self.account is not None:
            os.chown(self.data, self.account.uid, self.account.gid)
        self.data.chmod(0o700)
        settings = self.data / "valkey.conf"
        # The password goes by file: an argument would be readable to everybody in the list of processes.
        settings.unlink(missing_ok=True)
        descriptor = os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"requirepass {self.password}\n")
            if self.account is not None:
                os.fchown(file.fileno(), self.account.uid, self.account.gid)

    def program(self, port: int) -> Program:
        """Return the program that serves on `port`."""
        server = (str(self.binaries.server), str(self.data / "valkey.conf"), "--bind", LOOPBACK, "--port", str(port))
        settings = ("--dir", str(self.data), "--maxmemory-policy", "noeviction", "--databases", "64")
        return Program(
            name=self.name,
            argv=(*server, *settings, *(_DURABLE if self.durable else _VOLATILE)),
            env={"PATH": os.defpath, "LC_ALL": "C"},
            log=self.log,
            account=self.account,
            stop_signal=signal.SIGTERM,
        )

    def url(self, port: int, *, database: int = 0) -> str:
        """Return the URL for clients."""
        return f"redis://:{self.password}@{LOOPBACK}:{port}/{database}"

    def why_not_ready(self, port: int) -> str | None:
        """Return None when it answers PING with our password, else what it said; raises PasswordsLost."""
        client = redis.Redis.from_url(self.url(port), socket_connect_timeout=2, socket_timeout=2)
        try:
            client.ping()
        except redis.AuthenticationError as error:
            message = f"Valkey on port {port} refuses our password: end whatever serves there, then try again."
            raise PasswordsLost(message) from error
        except redis.RedisError as error:
            return str(error)
        finally:
            client.close()
        return None
