"""Tell what the clock does to batches."""

from datetime import timedelta

from apps.inventory.domain import kernel
from apps.outbox.unit_of_work import UnitOfWork, use_case


@use_case(int)
def sweep_batches(uow: UnitOfWork, *, horizon: timedelta) -> int:
    """Tell of batches that expire within the horizon or have expired; returns how many were looked at, at most 500."""
    return kernel.sweep_batches(uow, horizon)
