"""How calls reach the API: through the WSGI stack in this process, over HTTP one by one, over HTTP at the same moment."""

import json
import time
from collections.abc import Sequence
from typing import Protocol

from tests.model.calls import Call, Reply
from tests.support.api import ApiClient
from tests.support.crowd import Crowd, Sent


class Driver(Protocol):
    """Sends calls, each by the client that it names."""

    def send(self, calls: Sequence[Call], clients: Sequence[ApiClient]) -> list[Reply]:
        """Return the replies in the calls' order."""


class InProcess:
    """Django's test client: every layer but the server."""

    def send(self, calls: Sequence[Call], clients: Sequence[ApiClient]) -> list[Reply]:
        """Send one after the other."""
        replies = []
        for call in calls:
            asked_at = time.perf_counter()
            body = b"" if call.body is None else json.dumps(call.body).encode()
            got = clients[call.by].request(
                call.method, call.path, body, idempotency_key=call.key, if_match=call.if_match
            )
            replies.append(Reply(got.status, _small(got.headers), got.content, asked_at, time.perf_counter()))
        return replies


class OverHttp:
    """Live processes; calls of one step are sent at the same moment."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def send(self, calls: Sequence[Call], clients: Sequence[ApiClient]) -> list[Reply]:
        """Send all at once."""
        sent = [Sent(clients[c.by], c.method, c.path, c.body, key=c.key, if_match=c.if_match) for c in calls]
        got = [self._crowd.one(sent[0])] if len(sent) == 1 else self._crowd.send(sent)
        return [Reply(g.status, _small(g.headers), g.content, g.asked_at, g.answered_at) for g in got]


def _small(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
