"""The supervisor's own log: its standard output."""

import sys
from datetime import UTC, datetime


def say(text: str) -> None:
    """Write one dated line."""
    sys.stdout.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {text}\n")
    sys.stdout.flush()
