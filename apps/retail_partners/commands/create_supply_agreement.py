from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.domain.validity import refuse_backward_period
from apps.retail_partners.models import SupplyAgreement
from apps.retail_partners.queries import retail_partners, supply_agreement_facts
from apps.retail_partners.types import NewSupplyAgreement, SupplyAgreementFacts
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


@use_case(SupplyAgreementFacts)
def create_supply_agreement(uow: UnitOfWork, new: NewSupplyAgreement) -> SupplyAgreementFacts:
    """Agree what a retail partner may see and order of a supplier's stock.

    The product's code is taken as it is: a product may be agreed before it is created.
    """
    refuse_backward_period(new.valid_from, new.valid_to)
    master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    master_data.require(suppliers(uow.ctx), new.supplier_id, pointer="#/supplierId")
    row = master_data.create(
        uow,
        SupplyAgreement,
        code=chosen_or_new(new.agreement_id, prefix="agr", pointer="#/agreementId"),
        retail_partner_id=new.retail_partner_id,
        supplier_id=new.supplier_id,
        product_id=new.product_id,
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        minimum_shelf_life_days=new.minimum_shelf_life_days,
        status=new.status,
        attributes=new.attributes,
    )
    return supply_agreement_facts(row)
