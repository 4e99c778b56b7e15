"""Words of tenancy."""

from dataclasses import dataclass
from enum import StrEnum


class TenantStatus(StrEnum):
    """Whether a tenant's credentials work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


class Role(StrEnum):
    """What a person may do inside a tenant."""

    TENANT_ADMIN = "tenant_admin"
    STOCK_OPERATOR = "stock_operator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterDataFacts:
    """What every versioned resource has, beside what its own facts add; moments are RFC 3339."""

    status: str
    attributes: dict[str, str]
    version: int
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """A tenant as a command leaves it; `code` is its public identifier."""

    id: int
    code: str
    name: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """A person's role in a tenant, and the one before; `first_password` is that of a new login, told this once."""

    username: str
    tenant: str
    role: Role
    previous_role: str | None
    first_password: str | None
