"""Words of tenancy."""

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
