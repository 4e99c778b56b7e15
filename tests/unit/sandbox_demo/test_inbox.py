"""The rules of a good receiver."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from sandbox.demo.inbox import Inbox, percentile

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Sender:
    """Sends signed events to one inbox as `supplier`."""

    def __init__(self) -> None:
        self.inbox = Inbox()
        self.inbox.subscribe("supplier", SECRET, "inventoryLevel")

    def send(self, *, sequence: int, left: int, sku: str = "85123A", event: str = "", secret: str = SECRET) -> bool:
        now = datetime.now(UTC)  # a receiver refuses what was signed minutes ago
        body = {
            "id": event or f"evt_{sku}_{sequence}",
            "subject": f"DEMO/{sku}",
            "sequence": str(sequence),
            "time": now.isoformat(),
            "data": {"inventoryLevel": left, "availableQuantity": left - 1},
        }
        raw = json.dumps(body)
        headers = {
            "Webhook-Id": str(body["id"]),
            "Webhook-Timestamp": str(int(now.timestamp())),
            "Webhook-Signature": Webhook(secret).sign(str(body["id"]), now, raw),
        }
        return self.inbox.receive("supplier", headers, raw.encode(), now=(now + timedelta(seconds=2)).timestamp())

    def counts(self, *names: str) -> list[int]:
        summary = self.inbox.summary()
        return [summary[name] for name in names]


@pytest.fixture
def sender() -> Sender:
    return Sender()


def test_the_last_state_is_that_of_the_highest_sequence(sender: Sender) -> None:
    for sequence, left in ((1, 10), (3, 4), (2, 7)):
        assert sender.send(sequence=sequence, left=left)
    assert sender.inbox.stock() == {"supplier": {"85123A": 4}}
    assert sender.counts("received", "verified", "stale", "duplicates") == [3, 3, 1, 0]


def test_the_same_event_twice_is_a_duplicate_and_not_stale(sender: Sender) -> None:
    sender.send(sequence=1, left=10)
    sender.send(sequence=1, left=10)
    assert sender.counts("received", "verified", "stale", "duplicates") == [2, 2, 0, 1]


def test_a_wrong_signature_is_counted_and_changes_nothing(sender: Sender) -> None:
    assert not sender.send(sequence=1, left=10, secret="whsec_" + "QUFB" * 8)
    assert sender.inbox.stock() == {"supplier": {}}
    assert sender.counts("received", "verified", "bad_signature") == [1, 0, 1]


@pytest.mark.parametrize("signature", ["", "v1", "v1,%%%", "v1,a,b"])
def test_garbage_for_a_signature_is_a_wrong_signature(sender: Sender, signature: str) -> None:
    sent_at = str(int(datetime.now(UTC).timestamp()))
    headers = {"webhook-id": "evt_1", "webhook-timestamp": sent_at, "webhook-signature": signature}
    assert not sender.inbox.receive("supplier", headers, b"{}", now=0.0)
    assert not sender.inbox.receive("nobody", headers, b"{}", now=0.0)
    assert sender.counts("received", "bad_signature") == [2, 2]


def test_behind_counts_the_skus_whose_last_state_is_missing(sender: Sender) -> None:
    sender.send(sequence=2, left=10)
    assert sender.inbox.behind({"85123A": 2, "10002": 0}) == {"supplier": 0}
    assert sender.inbox.behind({"85123A": 3, "10002": 1}) == {"supplier": 2}


def test_latency_is_from_the_event_s_time_and_starts_over_at_the_mark(sender: Sender) -> None:
    sender.send(sequence=1, left=10)
    assert sender.inbox.summary()["p99"] == pytest.approx(2.0)
    sender.inbox.mark()
    assert sender.counts("p99", "received") == [0.0, 1]


def test_percentiles() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([], 0.5)) == (51.0, 100.0, 0.0)
