"""schemathesis for as long as it takes: many examples of every operation, from a seed of the day's."""

import os
import time
from importlib.metadata import version
from pathlib import Path

from tests.prove.report import write_report
from tests.support.api import TestTenant
from tests.support.fuzzing import fuzz
from tests.support.live import live_shop

# A token lives for 15 minutes, and so does a run.
_EXAMPLES = int(os.environ.get("PROVE_EXAMPLES", "60"))


def test_every_operation_keeps_what_the_document_promises(tenant: TestTenant, tmp_path: Path) -> None:
    seed = time.time_ns() // 10**9 // 86400
    started = time.perf_counter()
    with live_shop(tenant) as shop:
        report = fuzz(shop.base, tenant.operator.token, scratch=tmp_path, examples=_EXAMPLES, seed=seed)
    seconds = round(time.perf_counter() - started)
    assert report.passed, report.text
    write_report(
        "schemathesis",
        said="Every operation of the document on the live server, every check, good and bad requests: nothing found.",
        numbers={
            "operations": report.operations,
            "requests": report.cases,
            "examples per operation": _EXAMPLES,
            "seed": seed,
            "seconds": seconds,
            "schemathesis": version("schemathesis"),
        },
    )
