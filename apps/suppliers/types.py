"""What supplier commands take."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupplier:
    """A supplier to create; without a code it gets one."""

    supplier_id: str | None
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    lead_time_days: int | None
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class SupplierFacts:
    """A supplier as a command leaves it: what is stored under an idempotency key, and what the API renders."""

    supplier_id: str
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    lead_time_days: int | None
    status: str
    attributes: dict[str, str]
    version: int
    created_at: str
    updated_at: str
