from apps.tenancy.models.base import MasterData, RetiredCode, TenantOwned
from apps.tenancy.models.tenants import Membership, Tenant, User

__all__ = ["MasterData", "Membership", "RetiredCode", "Tenant", "TenantOwned", "User"]
