"""The parties that clients are made for: what people call them, and whether there is one."""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings

from apps.access.models import Application
from apps.core.context import PartyType
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import MasterData

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyStanding:
    """What a supplier or retail partner is called, and whether anybody may still act for it."""

    name: str
    suspended: bool


def party_standing(tenant_id: int, party: PartyType, party_id: str) -> PartyStanding | None:
    """Return how a supplier or retail partner stands, None where there is none; inside the tenant's transaction.

    It is suspended where it is archived, or where it has clients and every one of them is suspended.
    """
    rows = apps.get_model(settings.PARTY_MODELS[party])._default_manager
    found = rows.filter(tenant_id=tenant_id, pk=party_id).values_list("name", "status").first()
    if found is None:
        return None
    clients = Application.objects.filter(tenant_id=tenant_id, party_type=party, party_id=party_id)
    disabled = list(clients.values_list("disabled_at", flat=True))
    silenced = bool(disabled) and None not in disabled
    return PartyStanding(name=found[0], suspended=silenced or found[1] == MasterData.ARCHIVED)
