"""Which scopes exist and which a party's clients may be given."""

from typing import cast

from django.conf import settings

from apps.core.context import PartyType

SCOPE_DESCRIPTIONS = cast("dict[str, str]", settings.OAUTH2_PROVIDER["SCOPES"])

_SUPPLIER = {
    "suppliers:read",
    "products:read",
    "products:write",
    "warehouses:read",
    "warehouses:write",
    "inventory:read",
    "inventory:write",
    "transactions:read",
    "transactions:write",
    "orders:read",
    "orders:write",
    "shipments:read",
    "shipments:write",
    "webhooks:read",
    "webhooks:write",
    "events:read",
}
_RETAIL_PARTNER = {
    "products:read",
    "inventory:read",
    "inventory:write",
    "orders:read",
    "orders:write",
    "shipments:read",
    "webhooks:read",
    "webhooks:write",
    "events:read",
}


def scopes_of_party(party: PartyType) -> frozenset[str]:
    """Return every scope that a client of this kind of party may be given."""
    match party:
        case PartyType.TENANT:
            return frozenset(SCOPE_DESCRIPTIONS)
        case PartyType.SUPPLIER:
            return frozenset(_SUPPLIER)
        case PartyType.RETAIL_PARTNER:
            return frozenset(_RETAIL_PARTNER)
