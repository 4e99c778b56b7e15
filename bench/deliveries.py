"""Deliveries of events to eight webhooks each: ours, and a Celery task for each delivery.

Both sides deliver to the same receiver, which must in the end have every event of every webhook. An event's moment
is taken inside its transaction on both sides.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import msgspec

from bench.errors import BenchFailed
from bench.http import ask
from bench.load.generator import quantile
from bench.measuring import Meter, metered
from bench.our_system import DELIVERY_SKUS, SALE, SUPPLIER, Ours, item_path, product_code
from bench.samples import Sample
from bench.sink import Received
from bench.stage import WEBHOOKS, Stage
from sandbox.embedded.ports import LOOPBACK
from sandbox.processes.child import spawn, stop_all
from sandbox.processes.program import Program
from sandbox.state_dir import CHECKOUT, tail

# The share of what the naive side can do at most, at which both sides' delays are compared.
LOAD_SHARE = 0.6
POOLS = {
    "prefork": ("--pool", "prefork", "--concurrency", "4"),
    "threads": ("--pool", "threads", "--concurrency", "16"),
}
_BURST, _NAIVE_BURST = 1_000, 125
_BATCH = 500
_WAIT_SECONDS = 90.0
_READY_SECONDS = 60.0
_WARM_UP_SECONDS = 1.0
_received = msgspec.json.Decoder(list[Received])


@dataclass(slots=True)
class Deliveries:
    """The workloads of deliveries; what the naive side could do at best decides the load of the delays."""

    stage: Stage
    seconds: float
    subscribed: bool = False
    naive_best: tuple[float, str] = (0.0, "")

    def ours(self) -> Sample:
        """Measure how fast we deliver a burst, from first to last arrival, while it is still being committed."""
        self.subscribe()
        with self._metered_ours() as meter:
            for first in range(1, _BURST + 1, _BATCH):
                items = [_line(number) for number in range(first, first + _BATCH)]
                key = f"burst-{uuid4()}"
                self.stage.delivering.post_batch({"mode": "atomic", "items": items}, key=key)
            arrived = self._arrived(_BURST)
        return _rate(arrived, meter)

    def naive(self, pool: str) -> Sample:
        """Measure how fast tasks deliver a burst, from its first to its last arrival; all of it waits at the start."""
        self._produce(_NAIVE_BURST, per_second=0)
        with self._worker(pool) as pid, metered({"workers": [pid], "postgres": [self.stage.pid("postgres")]}) as meter:
            arrived = self._arrived(_NAIVE_BURST)
        sample = _rate(arrived, meter)
        self.naive_best = max(self.naive_best, (sample.per_second, pool))
        return sample

    def ours_delay(self) -> Sample:
        """Measure commit to receive at the load that the naive side can bear."""
        self.subscribe()
        count, pace = self._paced()
        with self._metered_ours() as meter:
            _post_evenly(self.stage.delivering, count, pace)
            arrived = self._arrived(count)
        return _delay(arrived, meter, pace)

    def ours_delay_beside_hanging(self) -> Sample:
        """Measure the same while a tenth of the deliveries goes to a receiver that never answers."""
        url = f"http://{LOOPBACK}:{self.stage.sink_port}/hang"
        body = {"url": url, "eventTypes": ["inventory.updated"], "strategy": "each"}
        made = self.stage.delivering.post("/v1/webhooks", body, key=f"webhook-{uuid4()}")
        try:
            return self.ours_delay()
        finally:
            self.stage.delivering.delete(f"/v1/webhooks/{made['webhookId']}")

    def ours_delay_beside_import(self) -> Sample:
        """Measure the same while another tenant posts lists of 500 movements, one after the other, without a pause."""
        over = threading.Event()
        failures: list[Exception] = []

        def load() -> None:
            try:
                while not over.is_set():
                    items = [_line(number) for number in range(1, _BATCH + 1)]
                    self.stage.moving.post_batch({"mode": "atomic", "items": items}, key=f"import-{uuid4()}")
            except Exception as error:  # noqa: BLE001 -- raised below
                failures.append(error)

        importer = threading.Thread(target=load, name="importer")
        importer.start()
        try:
            sample = self.ours_delay()
        finally:
            over.set()
            importer.join()
        if failures:
            raise BenchFailed("The import failed.") from failures[0]
        return sample

    def naive_delay(self) -> Sample:
        """Measure commit to receive of a task for each delivery, at the same load, in its better setting."""
        count, pace = self._paced()
        with (
            self._worker(self.naive_best[1]) as pid,
            metered({"workers": [pid], "postgres": [self.stage.pid("postgres")]}) as meter,
        ):
            self._produce(count, per_second=pace)
            arrived = self._arrived(count)
        return _delay(arrived, meter, pace)

    def _paced(self) -> tuple[int, float]:
        """Return how many events to commit, and how many a second."""
        if not self.naive_best[0]:
            raise BenchFailed(
                "The delays need the naive side's deliveries before them: their load is a share of its best."
            )
        pace = LOAD_SHARE * self.naive_best[0] / WEBHOOKS
        return max(int(pace * (self.seconds + _WARM_UP_SECONDS)), 20), pace

    def subscribe(self) -> None:
        """Have eight webhooks of our own, once."""
        if self.subscribed:
            return
        for number in range(WEBHOOKS):
            url = f"http://{LOOPBACK}:{self.stage.sink_port}/ours{number}"
            body = {"url": url, "eventTypes": ["inventory.updated"]}
            self.stage.delivering.post("/v1/webhooks", body, key=f"webhook-{uuid4()}")
        self.subscribed = True

    @contextmanager
    def _metered_ours(self) -> Iterator[Meter]:
        stage = self.stage
        trees = {name: [stage.pid(name)] for name in ("worker", "dispatch", "postgres")}
        with metered(trees) as meter:
            yield meter

    def _produce(self, count: int, *, per_second: float) -> None:
        argv = (sys.executable, "-m", "bench.typical.produce", str(count), str(per_second))
        done = subprocess.run(
            argv,
            cwd=CHECKOUT,
            env=self.stage.typical_environment,
            capture_output=True,
            check=False,
            timeout=_WAIT_SECONDS,
        )
        if done.returncode != 0:
            raise BenchFailed(f"The naive producer failed:\n{done.stderr.decode(errors='replace')}")

    @contextmanager
    def _worker(self, pool: str) -> Iterator[int]:
        """Run the naive side's worker for the length of the block, from when it is ready."""
        log = self.stage.place.logs / "naive.log"
        log.unlink(missing_ok=True)
        words = ("-m", "celery", "-A", "bench.typical.celery", "worker", *POOLS[pool], "--without-gossip")
        program = Program(
            name="naive",
            argv=(sys.executable, *words, "--without-mingle", "--loglevel", "INFO"),
            log=log,
            env=self.stage.typical_environment,
            cwd=CHECKOUT,
        )
        child = spawn(program)
        try:
            give_up_at = time.monotonic() + _READY_SECONDS
            while " ready." not in log.read_text(errors="replace"):
                if child.exit_code() is not None or time.monotonic() > give_up_at:
                    raise BenchFailed(f"The naive worker did not start:\n{tail(log)}")
                time.sleep(0.05)
            yield child.pid
        finally:
            stop_all([child])

    def _arrived(self, events: int) -> list[Received]:
        """Wait until every webhook has every event, and return them in the order of their arrival."""
        expected = events * WEBHOOKS
        give_up_at = time.monotonic() + _WAIT_SECONDS
        while (count := ask(self.stage.sink_port, "GET", "/count").json()) != expected:
            if time.monotonic() > give_up_at:
                raise BenchFailed(f"{count} of {expected} deliveries arrived within {_WAIT_SECONDS:.0f} s.")
            time.sleep(0.1)
        arrived = _received.decode(ask(self.stage.sink_port, "GET", "/received").body)
        different = {(delivery.path, delivery.event) for delivery in arrived}
        if len(different) != expected:
            raise BenchFailed(f"Of {expected} deliveries only {len(different)} were different ones.")
        return sorted(arrived, key=lambda delivery: delivery.received_at)


def _line(number: int) -> dict[str, object]:
    return {"supplierId": SUPPLIER, "productId": product_code(number), **SALE}


def _post_evenly(ours: Ours, count: int, per_second: float) -> None:
    started = time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, started + number / per_second - time.monotonic()))
        ours.post(item_path(1 + number % DELIVERY_SKUS), SALE, key=f"paced-{uuid4()}")


def _rate(arrived: list[Received], meter: Meter) -> Sample:
    took = arrived[-1].received_at - arrived[0].received_at
    return Sample(per_second=(len(arrived) - 1) / took, cpu_ms=meter.per_answer(len(arrived)), foreign=meter.foreign)


def _delay(arrived: list[Received], meter: Meter, pace: float) -> Sample:
    """Return the delays of what happened after the first second: connections and caches are warm then."""
    begun = min(delivery.happened_at for delivery in arrived) + _WARM_UP_SECONDS
    delays = sorted(
        delivery.received_at - delivery.happened_at for delivery in arrived if delivery.happened_at >= begun
    )
    return Sample(
        per_second=pace * WEBHOOKS,
        p50_ms=quantile(delays, 0.50) * 1000,
        p99_ms=quantile(delays, 0.99) * 1000,
        cpu_ms=meter.per_answer(len(arrived)),
        foreign=meter.foreign,
    )
