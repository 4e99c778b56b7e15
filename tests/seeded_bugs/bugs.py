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
_LISTS = "tests/api/inventory/test_batch.py"
_LEASES = "tests/api/inventory/test_leases.py"
_LEVELS = "tests/api/inventory/test_levels.py"
_MOMENT = "tests/concurrency/test_the_moment.py"

BUGS = (
    Bug("reserved-is-sold", "what is held for somebody is sold to another", (_MODEL,)),
    Bug("locks-in-the-order-of-the-lines", "two lists lock each other out", ("tests/concurrency/test_lists.py",)),
    Bug("expired-is-transferred", "one kind of movement takes what has expired", (_MODEL,)),
    Bug("oldest-level-first-out", "what expires first is not what goes first", (_MODEL,)),
    Bug("lapsed-until-swept", "a lease is judged when it is swept, not when it is read", (_LEASES,)),
    Bug("now-before-the-locks", "a lease that lapses during the wait is committed", (_MOMENT,)),
    Bug(
        "each-item-has-its-own-moment", "a lease is committed on one of its items and has lapsed on another", (_MOMENT,)
    ),
    Bug("released-twice-gives-back-twice", "what was released is held for ever, or released again", (_MODEL,)),
    Bug("count-displaces-nothing", "a count below what is reserved is refused", (_MODEL,)),
    Bug("oldest-lease-gives-way", "whoever came first loses what he holds", (_LEASES,)),
    Bug("all-means-some", "a reservation that is all or nothing holds a part", (_MODEL,)),
    Bug("count-ignores-counted-at", "a late count erases what was sold since", (_MODEL,)),
    Bug("settings-without-a-version", "two changes from one reading are both done", (_MODEL,)),
    Bug("an-older-version-will-do", "a change from a stale reading is done", (_MODEL,)),
    Bug("key-of-any-application", "one application is answered with another's facts", (_MODEL,)),
    Bug("key-kept-after-a-refusal", "a refused request cannot be sent again", (_MODEL,)),
    Bug("another-body-is-replayed", "a key answers whatever is sent under it", (_MODEL,)),
    Bug("twins-in-one-group", "two requests with one key share a transaction", ("tests/concurrency/test_keys.py",)),
    Bug("atomic-list-in-part", "a list that is all or nothing books what it can", (_MODEL,)),
    Bug("a-refused-line-leaves-its-item", "an item is there that nothing was ever booked on", (_LISTS,)),
    Bug("no-event-at-the-other-end", "a transfer to a partner raises no version there", (_MODEL,)),
    Bug("batch-forgets-its-expiry", "a batch that moves to a partner expires no more", (_LEVELS,)),
    Bug("every-change-is-a-crossing", "low stock is told with every sale", (_MODEL,)),
    Bug("events-after-the-commit", "an event may be missing for what was done", ("tests/api/test_one_transaction.py",)),
)
