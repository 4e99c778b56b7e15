"""Every known bug is caught by the tests that are named for it; `make seeded-bugs` is the same with a table."""

from tests.prove.report import write_report
from tests.seeded_bugs.__main__ import run
from tests.seeded_bugs.bugs import BUGS


def test_every_seeded_bug_is_caught() -> None:
    verdicts = run(list(BUGS))
    missed = [(verdict.bug.name, verdict.said) for verdict in verdicts if not verdict.caught]
    assert missed == []
    write_report(
        "seeded-bugs",
        said=f"{len(verdicts)} of {len(verdicts)} known bugs are caught. Each was applied to a copy of the checkout; "
        "the named tests pass without it, and this one failed with it.",
        numbers={f"{verdict.bug.name}: {verdict.bug.says}": f"`{verdict.said}`" for verdict in verdicts},
    )
