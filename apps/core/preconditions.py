"""The version a caller expects, and what is said when it is not the current one."""

from dataclasses import dataclass

from apps.core.errors import PreconditionFailed, VersionConflict


@dataclass(frozen=True, slots=True)
class ExpectedVersion:
    """Versions that the caller accepts as current; None accepts any (`If-Match: *`).

    `by_header` tells the form in which it came: a stale `If-Match` is a failed precondition (412), a stale
    `version` in the body or query a conflict (409).
    """

    versions: frozenset[int] | None
    by_header: bool

    def check(self, current: int) -> None:
        """Raise PreconditionFailed or VersionConflict unless `current` is one of the versions."""
        if self.versions is None or current in self.versions:
            return
        if self.by_header:
            raise PreconditionFailed(currentVersion=current)
        raise VersionConflict(currentVersion=current)
