"""The parties that clients are made for: what people call them, and whether there is one."""

from django.apps import apps
from django.conf import settings

from apps.core.context import PartyType
from apps.outbox.unit_of_work import as_tenant

# In commands and in the sandbox; the contract's names are the enum's.
PARTY_WORDS = {
    "operator": PartyType.TENANT,
    "supplier": PartyType.SUPPLIER,
    "retailer": PartyType.RETAIL_PARTNER,
}


def party_exists(tenant_id: int, party: PartyType, party_id: str) -> bool:
    """Tell whether the tenant has this supplier or retail partner; its own staff are always there."""
    if party is PartyType.TENANT:
        return True
    model = apps.get_model(settings.PARTY_MODELS[party])
    with as_tenant(tenant_id):
        return bool(model._default_manager.filter(tenant_id=tenant_id, pk=party_id).exists())
