from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import sku_mappings
from apps.products.models import SkuMapping
from apps.products.queries.products import products
from apps.products.queries.sku_mappings import sku_mapping_facts
from apps.products.types import NewSkuMapping, SkuMappingFacts
from apps.retail_partners.queries import retail_partners
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


@use_case(SkuMappingFacts)
def create_sku_mapping(uow: UnitOfWork, new: NewSkuMapping) -> SkuMappingFacts:
    """Say what a party calls a product in its own books.

    Raises NotFound for what it names, Forbidden for whom may not, AlreadyExists for a code that is mapped.
    """
    if new.supplier_id is not None:
        master_data.require(suppliers(uow.ctx), new.supplier_id, pointer="#/supplierId")
    sku_mappings.refuse_retail_partners(uow.ctx, new.supplier_id)
    if new.retail_partner_id is not None:
        master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    product = master_data.referred(products(uow.ctx), new.product_id, pointer="#/productId")
    row = master_data.create(
        uow,
        SkuMapping,
        code=chosen_or_new(new.sku_mapping_id, prefix="skm", pointer="#/skuMappingId", reserved=sku_mappings.RESERVED),
        supplier_id=new.supplier_id,
        retail_partner_id=new.retail_partner_id,
        partner_sku=new.partner_sku,
        product_id=product.pk,
        unit_of_measure=sku_mappings.own_unit(product, new.unit_of_measure),
        status=new.status,
        attributes=new.attributes,
    )
    return sku_mapping_facts(row)
