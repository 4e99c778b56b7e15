"""How long to wait before a dead child is started again."""

from dataclasses import dataclass

FIRST_SECONDS = 0.2
LONGEST_SECONDS = 5.0
HEALTHY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """The next delay; doubles from 0.2 s to 5 s, and starts over after 30 s of health."""

    delay_seconds: float = FIRST_SECONDS

    def after(self, *, lived_seconds: float) -> "tuple[float, Backoff]":
        """Return the delay to wait now, and the backoff for the death after this one."""
        delay = FIRST_SECONDS if lived_seconds >= HEALTHY_SECONDS else self.delay_seconds
        return delay, Backoff(min(delay * 2, LONGEST_SECONDS))
