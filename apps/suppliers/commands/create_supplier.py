from apps.core.codes import RESERVED_WORDS, chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.suppliers.models import Supplier
from apps.suppliers.queries import facts_of
from apps.suppliers.types import NewSupplier, SupplierFacts
from apps.tenancy.domain import master_data


@use_case(SupplierFacts)
def create_supplier(uow: UnitOfWork, new: NewSupplier) -> SupplierFacts:
    """Create a supplier."""
    code = chosen_or_new(new.supplier_id, prefix="sup", pointer="#/supplierId", reserved=RESERVED_WORDS)
    row = master_data.create(
        uow,
        Supplier,
        code=code,
        name=new.name,
        gln=new.gln,
        contact=new.contact,
        lead_time_days=new.lead_time_days,
        backorder_policy=new.backorder_policy,
        status=new.status,
        attributes=new.attributes,
    )
    return facts_of(row)
