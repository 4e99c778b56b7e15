"""schemathesis for as long as it takes: many examples of every operation, from a seed of the day's."""

import os
import time
from importlib.metadata import version
from pathlib import Path

from tests.prove.report import write_report
from tests.support.api import ApiClient, TestTenant
from tests.support.fuzzing import fuzz
from tests.support.live import live_shop
from tests.support.routes import documented_routes

_EXAMPLES = int(os.environ.get("PROVE_EXAMPLES", "30"))


def test_every_operation_keeps_what_the_document_promises(tenant: TestTenant, tmp_path: Path) -> None:
    seed = time.time_ns() // 10**9 // 86400
    started = time.perf_counter()
    operations = cases = 0
    found = []
    with live_shop(tenant) as shop:
        for tag in sorted({route.operation.tag for route in documented_routes()}):
            # A token lives for 15 minutes: each run has its own.
            token = ApiClient(tenant.operator.credentials).token
            options = ("--include-tag", tag)
            report = fuzz(shop.base, token, scratch=tmp_path, examples=_EXAMPLES, seed=seed, options=options)
            if not report.passed:
                found.append(report.text)
            operations += report.operations
            cases += report.cases
    assert found == [], "\n".join(found)
    seconds = round(time.perf_counter() - started)
    assert operations == len(documented_routes())
    write_report(
        "schemathesis",
        said="Every operation of the document on the live server, every check, good and bad requests: nothing found.",
        numbers={
            "operations": operations,
            "requests": cases,
            "examples per operation": _EXAMPLES,
            "seed": seed,
            "seconds": seconds,
            "schemathesis": version("schemathesis"),
        },
    )
