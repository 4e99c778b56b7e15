"""Put each known bug into a copy of the checkout and run the tests that must then fail (`make seeded-bugs`).

A bug is caught when they fail with it and pass without it. A patch that no longer applies is a failure: renew it.
"""

import sys
import tempfile
from pathlib import Path

from tests.seeded_bugs.bugs import BUGS, Bug
from tests.seeded_bugs.copies import Copy, Verdict


def main(names: list[str]) -> int:
    """Run the named bugs, or all; return 0 when every one is caught."""
    bugs = [bug for bug in BUGS if not names or bug.name in names]
    unknown = set(names) - {bug.name for bug in bugs}
    if unknown:
        print(f"There is no bug {', '.join(sorted(unknown))}. Known: {', '.join(bug.name for bug in BUGS)}")
        return 2
    return 0 if all(verdict.caught for verdict in run(bugs)) else 1


def run(bugs: list[Bug]) -> list[Verdict]:
    """Try bugs one after the other, printing a row each, and return what became of them."""
    with tempfile.TemporaryDirectory(prefix="stockwire-seeded-") as scratch:
        copy = Copy.of_checkout(Path(scratch) / "checkout")
        sound = copy.run(sorted({test for bug in bugs for test in bug.tests}))
        print(
            row("without a bug", "passes" if sound.passed else "FAILS", sound.seconds, sound.first_failure), flush=True
        )
        verdicts = []
        for bug in bugs:
            verdicts.append(copy.verdict(bug) if sound.passed else Verdict(bug, "the tests fail without it", 0.0))
            last = verdicts[-1]
            print(row(bug.name, "caught" if last.caught else "NOT CAUGHT", last.seconds, last.said), flush=True)
    print(f"{sum(verdict.caught for verdict in verdicts)} of {len(verdicts)} caught")
    return verdicts


def row(name: str, outcome: str, seconds: float, said: str) -> str:
    """Return a row of the table."""
    return f"{name:34} {outcome:11} {seconds:5.0f} s  {said}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
