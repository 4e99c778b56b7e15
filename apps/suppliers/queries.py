from apps.core.context import CallContext
from apps.core.errors import NotFound
from apps.core.times import rfc3339
from apps.suppliers.models import Supplier
from apps.suppliers.models.supplier import SupplierQuerySet
from apps.suppliers.types import SupplierFacts


def suppliers(ctx: CallContext) -> SupplierQuerySet:
    """Return the suppliers that the caller may see."""
    return Supplier.objects.visible_to(ctx.principal)


def supplier(ctx: CallContext, supplier_id: str) -> SupplierFacts:
    """Return one supplier. Raises NotFound where it is absent or invisible."""
    row = suppliers(ctx).filter(pk=supplier_id).first()
    if row is None:
        raise NotFound
    return facts_of(row)


def facts_of(row: Supplier) -> SupplierFacts:
    """Return a row as facts."""
    return SupplierFacts(
        supplier_id=row.pk,
        name=row.name,
        gln=row.gln,
        contact=row.contact,
        lead_time_days=row.lead_time_days,
        status=row.status,
        attributes=row.attributes,
        version=row.version,
        created_at=rfc3339(row.created_at),
        updated_at=rfc3339(row.updated_at),
    )
