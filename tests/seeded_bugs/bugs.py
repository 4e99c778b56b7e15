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
_AT_ONCE = "tests/model/test_over_http.py"
_INVENTORY = "tests/api/inventory"

BUGS = (Bug("reserved-is-sold", "what is reserved counts as available", (_MODEL,)),)
