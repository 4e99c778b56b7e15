"""What ends a bench without a number."""


class BenchFailed(Exception):
    """A side answered wrongly, lost something, or did not start: whatever was measured is worthless."""
