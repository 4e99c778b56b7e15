from collections.abc import Sequence

from apps.core.context import CallContext
from apps.shipments.models import Discrepancy, Package, Parcel, Shipment
from apps.shipments.models.discrepancy import DiscrepancyQuerySet
from apps.shipments.models.shipment import ShipmentQuerySet
from apps.shipments.types import DiscrepancyFacts, PackageFacts, PackedItemFacts, ParcelFacts, ShipmentFacts
from apps.tenancy.queries import found


def shipments(ctx: CallContext) -> ShipmentQuerySet:
    """Return the shipments that the caller may see, with what is in them."""
    return Shipment.objects.visible_to(ctx.principal).with_contents(ctx.tenant_id)


def shipment(ctx: CallContext, shipment_id: str) -> ShipmentFacts:
    """Return one shipment. Raises NotFound where it is absent or invisible."""
    return facts_of(found(shipments(ctx), shipment_id))


def facts_of(row: Shipment) -> ShipmentFacts:
    """Return a row, read with its contents, as facts."""
    return shipment_facts(row, packages_of(row), list(row.parcels.all()))


def packages_of(row: Shipment) -> list[PackageFacts]:
    """Return the packages of a row that was read with its contents, as facts."""
    return [package_facts(package) for package in row.packages.all()]


def package_facts(package: Package) -> PackageFacts:
    """Return a package and what is in it as facts."""
    return PackageFacts(
        sscc=package.sscc,
        items=[
            PackedItemFacts(product_id=item.product_id, batch=item.batch_number, quantity=item.quantity)
            for item in package.items.all()
        ],
    )


def shipment_facts(row: Shipment, packages: list[PackageFacts], parcels: Sequence[Parcel]) -> ShipmentFacts:
    """Return a shipment and what is in it as facts."""
    return ShipmentFacts(
        shipment_id=row.pk,
        version=row.version,
        status=row.status,
        order_id=row.order_id,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        from_warehouse=row.from_warehouse_id,
        delivery_warehouse=row.delivery_warehouse_id,
        carrier=row.carrier,
        tracking_number=row.tracking_number,
        expected_at=row.expected_at,
        attributes=row.attributes,
        created_at=row.created_at,
        updated_at=row.updated_at,
        dispatched_at=row.dispatched_at,
        delivered_at=row.delivered_at,
        packages=packages,
        parcels=[
            ParcelFacts(
                product_id=parcel.product_id,
                batch=parcel.batch_number,
                expires_at=parcel.expires_at,
                shipped=parcel.shipped,
                received=parcel.received,
                damaged=parcel.damaged,
                over=parcel.over,
                short=parcel.short,
            )
            for parcel in sorted(parcels, key=_first_to_expire)
        ],
    )


def _first_to_expire(parcel: Parcel) -> tuple[bool, float, int]:
    expires_at = parcel.expires_at
    return expires_at is None, expires_at.timestamp() if expires_at else 0, parcel.pk


def discrepancies(ctx: CallContext) -> DiscrepancyQuerySet:
    """Return the discrepancies that the caller may see."""
    return Discrepancy.objects.visible_to(ctx.principal)


def discrepancy(ctx: CallContext, discrepancy_id: str) -> DiscrepancyFacts:
    """Return one discrepancy. Raises NotFound where it is absent or invisible."""
    return discrepancy_facts(found(discrepancies(ctx), discrepancy_id))


def discrepancy_facts(row: Discrepancy) -> DiscrepancyFacts:
    """Return a discrepancy as facts."""
    return DiscrepancyFacts(
        discrepancy_id=row.pk,
        version=row.version,
        status=row.status,
        kind=row.kind,
        order_id=row.order_id,
        shipment_id=row.shipment_id,
        supplier_id=row.supplier_id,
        retail_partner_id=row.retail_partner_id,
        product_id=row.product_id,
        batch=row.batch_number,
        quantity=row.quantity,
        party=row.party_type,
        note=row.note,
        resolution=row.resolution,
        created_at=row.created_at,
        resolved_at=row.resolved_at,
    )
