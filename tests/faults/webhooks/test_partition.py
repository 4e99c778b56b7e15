"""A dispatcher that the database cannot hear, and one that can: the network between them is cut and mended."""

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings

from tests.faults.webhooks.conftest import Shop
from tests.faults.webhooks.receiver import holding_back
from tests.support.processes import child

_FAST = {"DJANGO_SETTINGS_MODULE": "tests.faults.webhooks.fast_settings"}
_DISPATCH = ("python", "manage.py", "dispatch")
_BLOCK = 65536


class Cable:
    """A way to a server that can be cut: what is sent meanwhile arrives when it is mended, as with TCP on a bad line."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="cable", daemon=True).start()

    def cut(self) -> None:
        """Let nothing pass."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything pass."""
        self._whole.set()

    def close(self) -> None:
        """End every connection."""
        self._whole.set()
        for each in self._open:
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(self._server)
            self._open += [near, far]
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass, args=(source, target), name="cable", daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(_BLOCK):
                self._whole.wait()
                target.sendall(data)
        except OSError:
            pass  # one of the two has gone
        _end(target)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has ended already
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def _cable() -> Iterator[tuple[Cable, str]]:
    """Lay a cable to the database; yields it and the database's URL at its end."""
    url = urlsplit(settings.DATABASE_URL)
    cable = Cable((url.hostname or "", url.port or 0))
    try:
        yield cable, url._replace(netloc=f"{url.username}:{url.password}@127.0.0.1:{cable.port}").geturl()
    finally:
        cable.close()


def test_what_is_sent_while_the_database_cannot_be_told_is_sent_again_and_counted_once(shop: Shop) -> None:
    answer = threading.Event()
    shop.receiver.handler = holding_back(answer)
    webhook = shop.subscribe()
    with _cable() as (cable, url), child(_DISPATCH, env={**_FAST, "DATABASE_URL": url}):
        shop.receive("P1")
        shop.receiver.wait_for(1)
        cable.cut()
        answer.set()  # the receiver has it, and the dispatcher cannot say so
        with child(_DISPATCH, env=_FAST):
            first, again = shop.receiver.wait_for(2)
            told = shop.wait_for_log(webhook, lambda log: [each["status"] for each in log] == ["failed", "succeeded"])
        cable.mend()  # now it says so: too late
        shop.receive("P2")
        third = shop.receiver.wait_for(3)[2]
        log = shop.wait_for_log(webhook, lambda log: len(log) >= 3)
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert told[0]["error"] == "The dispatcher that had taken it did not report in time."
    assert log[:2] == told
    assert (json.loads(third.body)["subject"], log[2]["status"]) == ("S1/P2", "succeeded")
    assert shop.deliveries(webhook, "pending") == []
