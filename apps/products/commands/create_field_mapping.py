from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain.sku_mappings import refuse_retail_partners
from apps.products.models import FieldMapping
from apps.products.queries.field_mappings import field_mapping_facts
from apps.products.types import FieldMappingFacts, NewFieldMapping
from apps.retail_partners.queries import retail_partners
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


@use_case(FieldMappingFacts)
def create_field_mapping(uow: UnitOfWork, new: NewFieldMapping) -> FieldMappingFacts:
    """Say what a party calls the members of a resource.

    Raises NotFound for the party, Forbidden for whom may not, AlreadyExists where the party's names are known.
    """
    if new.supplier_id is not None:
        master_data.require(suppliers(uow.ctx), new.supplier_id, pointer="#/supplierId")
    refuse_retail_partners(uow.ctx, new.supplier_id)
    if new.retail_partner_id is not None:
        master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    row = master_data.create(
        uow,
        FieldMapping,
        code=chosen_or_new(new.field_mapping_id, prefix="fmp", pointer="#/fieldMappingId"),
        supplier_id=new.supplier_id,
        retail_partner_id=new.retail_partner_id,
        resource=new.resource,
        fields=new.names.fields,
        attribute_fields=new.names.attribute_fields,
        status=new.status,
        attributes=new.attributes,
    )
    return field_mapping_facts(row)
