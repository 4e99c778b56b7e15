"""The known bugs: what each does wrong, and which tests must notice. The patch of each is `patches/<name>.patch`."""

from dataclasses import dataclass
from pathlib import Path

PATCHES = Path(__file__).parent / "patches"


@dataclass(frozen=True, slots=True)
class Bug:
    """A bug that somebody might write."""

    name: str
    says: str
    tests: tuple[str, ...]

    @property
    def patch(self) -> Path:
        """The patch that makes it."""
        return PATCHES / f"{self.name}.patch"


_MODEL = "tests/model/test_in_process.py"
_AT_ONCE = "tests/model/test_over_http.py::test_answers_at_the_same_moment_are_those_of_some_order"
_STOCK = "tests/api/inventory"

BUGS = (
    Bug("locks-in-the-order-of-the-lines", "two lists lock each other out", ("tests/concurrency/test_many_items.py",)),
    Bug("key-kept-after-a-refusal", "a refused request cannot be sent again", (_MODEL,)),
    Bug("key-of-any-application", "one application is answered with another's facts", (_MODEL,)),
    Bug("another-body-is-replayed", "a key answers whatever is sent under it", (_MODEL,)),
    Bug("twins-in-one-group", "two requests with one key share a transaction", ("tests/concurrency/test_one_item.py",)),
    Bug("atomic-list-in-part", "a list that is all or nothing books what it can", (_MODEL,)),
    Bug("an-older-version-will-do", "a change from a stale reading is done", (_MODEL,)),
    Bug("a-refused-line-leaves-its-item", "an item is there that nothing was ever booked on", (_MODEL,)),
    Bug("count-ignores-counted-at", "a late count erases what was sold since", (_MODEL,)),
    Bug("events-after-the-commit", "an event may be missing for what was done", ("tests/api/test_one_transaction.py",)),
)
