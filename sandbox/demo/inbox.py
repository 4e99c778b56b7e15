"""What a receiver keeps of the webhooks it gets: the rules of a good receiver, without the HTTP around them."""

import sys
from array import array
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass(slots=True)
class _Subscriber:
    webhook: Webhook
    reads: str
    sequences: dict[str, int] = field(default_factory=dict)
    quantities: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Counts:
    """What arrived. A duplicate has an id that was here before; a stale one is older than what is stored."""

    received: int = 0
    verified: int = 0
    bad_signature: int = 0
    duplicates: int = 0
    stale: int = 0


class Inbox:
    """The last state per subscriber and SKU, counts, and how long each event took from commit to here."""

    def __init__(self) -> None:
        self._subscribers: dict[str, _Subscriber] = {}
        self._counts = Counts()
        self._latencies = array("d")
        self._latest: deque[float] = deque(maxlen=32)
        self._first_at = self._last_at = 0.0

    def subscribe(self, name: str, secret: str, reads: str) -> None:
        """Expect webhooks for `name`, signed with `secret`; `reads` is the member of `data` that holds the stock."""
        self._subscribers[name] = _Subscriber(webhook=Webhook(secret), reads=reads)

    def mark(self) -> None:
        """Measure latency and rate from here on: what came before was the opening stock."""
        del self._latencies[:]
        self._latest.clear()
        self._first_at = self._last_at = 0.0

    def receive(self, name: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
        """Verify and store one webhook; False for one that is not signed as it should be. `now` is Unix time."""
        self._counts.received += 1
        subscriber = self._subscribers.get(name)
        event = None if subscriber is None else _verified(subscriber.webhook, headers, body)
        if subscriber is None or event is None:
            self._counts.bad_signature += 1
            sys.stderr.write(f"bad signature for {name}: {len(body)} bytes, {dict(headers)}\n")
            return False
        self._counts.verified += 1
        self._first_at = self._first_at or now
        self._last_at = now
        latency = now - datetime.fromisoformat(event["time"]).timestamp()
        self._latencies.append(latency)
        self._latest.append(latency)
        self._store(subscriber, event)
        return True

    def behind(self, versions: Mapping[str, int]) -> dict[str, int]:
        """Return how many SKUs each subscriber does not have the last state of, for the versions that the API gives."""
        return {
            name: sum(subscriber.sequences.get(sku, 0) != version for sku, version in versions.items())
            for name, subscriber in self._subscribers.items()
        }

    def stock(self) -> dict[str, dict[str, int]]:
        """Return the last quantity per subscriber and SKU."""
        return {name: subscriber.quantities for name, subscriber in self._subscribers.items()}

    def lag(self) -> float:
        """Return the median of the latest latencies, in seconds; 0 before the first."""
        return percentile(sorted(self._latest), 0.50)

    def summary(self) -> dict[str, Any]:
        """Return the counts, the 50th and 99th percentile of commit-to-receive in seconds, and webhooks a second."""
        ordered = sorted(self._latencies)
        seconds = self._last_at - self._first_at
        return {
            **asdict(self._counts),
            "p50": percentile(ordered, 0.50),
            "p99": percentile(ordered, 0.99),
            "per_second": len(ordered) / seconds if seconds > 0 else 0.0,
        }

    def _store(self, subscriber: _Subscriber, event: Mapping[str, Any]) -> None:
        sku, sequence = event["subject"].split("/")[1], int(event["sequence"])
        if event["id"] in subscriber.seen:
            self._counts.duplicates += 1
            return
        subscriber.seen.add(event["id"])
        if sequence <= subscriber.sequences.get(sku, 0):
            self._counts.stale += 1
            return
        subscriber.sequences[sku] = sequence
        subscriber.quantities[sku] = event["data"][subscriber.reads]


def percentile(ordered: list[float], share: float) -> float:
    """Return the value below which `share` of the sorted values lie; 0 of none."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def _verified(webhook: Webhook, headers: Mapping[str, str], body: bytes) -> Any:
    try:
        return webhook.verify(body, dict(headers))
    except (WebhookVerificationError, ValueError):  # ValueError: a signature header of another shape
        return None
