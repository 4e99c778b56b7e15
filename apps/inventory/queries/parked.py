"""Movements that wait for a code to be mapped, and what became of them."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from apps.core.context import CallContext, PartyType, Principal
from apps.core.times import rfc3339
from apps.inventory.models import ParkedMovement
from apps.inventory.models.parked import ParkedMovementQuerySet
from apps.inventory.types import ParkedFacts
from apps.products.models import SkuMapping
from apps.tenancy.queries import found


def parked_movements(ctx: CallContext) -> ParkedMovementQuerySet:
    """Return the parked movements that the caller may see, those that were booked or refused since among them."""
    return ParkedMovement.objects.visible_to(ctx.principal)


def parked_movement(ctx: CallContext, parked_movement_id: UUID | None) -> ParkedFacts:
    """Return one parked movement. Raises NotFound where it is absent or invisible."""
    return parked_facts(found(parked_movements(ctx), parked_movement_id))


def ready_to_book(tenant_id: int, *, limit: int) -> list[ParkedMovement]:
    """Return parked movements of the tenant whose codes are mapped by now, the oldest first."""
    mappings = SkuMapping.objects.filter(
        tenant_id=tenant_id, partner_sku=OuterRef("partner_sku"), status=SkuMapping.ACTIVE
    )
    suppliers, partners = (
        mappings.filter(supplier_id=OuterRef("party_id")),
        mappings.filter(retail_partner_id=OuterRef("party_id")),
    )
    rows = ParkedMovement.objects.filter(
        Q(Exists(suppliers), party_type=PartyType.SUPPLIER) | Q(Exists(partners), party_type=PartyType.RETAIL_PARTNER),
        tenant_id=tenant_id,
        status=ParkedMovement.PARKED,
    )
    return list(rows.order_by("created_at", "id")[:limit])


def poster_of(row: ParkedMovement) -> Principal:
    """Return who posted the movement: as whom it is booked."""
    return Principal(
        tenant_id=row.tenant_id,
        application_id=row.application_id,
        party=PartyType(row.party_type),
        party_id=row.party_id,
    )


def parked_facts(row: ParkedMovement) -> ParkedFacts:
    """Return a row as facts."""
    return ParkedFacts(
        parked_movement_id=row.pk,
        status=row.status,
        party_type=row.party_type,
        party_id=row.party_id,
        partner_sku=row.partner_sku,
        movement=row.movement,
        product_id=row.product_id,
        transaction_ids=[UUID(str(each)) for each in row.transaction_ids],
        review_id=row.review_id,
        problem=row.problem,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )
