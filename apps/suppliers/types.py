"""What supplier commands take and return."""

from dataclasses import dataclass
from typing import Any

from apps.tenancy.types import MasterDataFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSupplier:
    """A supplier to create; without a code it gets one."""

    supplier_id: str | None
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    lead_time_days: int | None
    backorder_policy: str
    status: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFacts(MasterDataFacts):
    """A supplier as a command leaves it: what is stored under an idempotency key, and what the API renders."""

    supplier_id: str
    name: str
    gln: str | None
    contact: dict[str, Any] | None
    lead_time_days: int | None
    backorder_policy: str = "firstCome"
