from apps.core.context import CallContext
from apps.suppliers.models import Supplier
from apps.suppliers.models.supplier import SupplierQuerySet
from apps.suppliers.types import SupplierFacts
from apps.tenancy.queries import common_facts, found


def suppliers(ctx: CallContext) -> SupplierQuerySet:
    """Return the suppliers that the caller may see."""
    return Supplier.objects.visible_to(ctx.principal)


def supplier(ctx: CallContext, supplier_id: str) -> SupplierFacts:
    """Return one supplier. Raises NotFound where it is absent or invisible."""
    return facts_of(found(suppliers(ctx), supplier_id))


def facts_of(row: Supplier) -> SupplierFacts:
    """Return a row as facts."""
    return SupplierFacts(
        supplier_id=row.pk,
        name=row.name,
        gln=row.gln,
        contact=row.contact,
        lead_time_days=row.lead_time_days,
        backorder_policy=row.backorder_policy,
        **common_facts(row),
    )
