"""Whether who gave something away in the tenant's or a party's name may still give it."""

from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Literal

from apps.access.models import Application
from apps.tenancy.models import Membership
from apps.tenancy.roles import PERMITTED, Action
from apps.tenancy.types import Role

GiverStanding = Literal["stands", "gone", "elsewhere"]


def giver_standing(
    tenant_id: int, giver: int, *, action: Action, scope: str, address: str, now: datetime
) -> GiverStanding:
    """Tell whether a client (or minus a person) may still give, and to a caller at this address.

    A person needs the role that permits `action`, a client `scope`; what a client that is bound to networks gave is
    bound to them too.
    """
    if giver < 0:
        member = Membership.objects.filter(tenant_id=tenant_id, user_id=-giver, user__is_active=True).first()
        return "stands" if member is not None and action in PERMITTED[Role(member.role)] else "gone"
    client = Application.objects.filter(tenant_id=tenant_id, pk=giver, disabled_at=None).first()
    if client is None or scope not in client.allowed_scopes:
        return "gone"
    if client.expires_at is not None and client.expires_at <= now:
        return "gone"
    return "stands" if _is_within(address, client.allowed_networks) else "elsewhere"


def _is_within(address: str, networks: list[str]) -> bool:
    if not networks:
        return True
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    return any(caller in ip_network(network) for network in networks)
