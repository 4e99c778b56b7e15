from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.retail_partners.models import RetailPartner
from apps.retail_partners.queries import retail_partner_facts
from apps.retail_partners.types import NewRetailPartner, RetailPartnerFacts
from apps.tenancy.domain import master_data


@use_case(RetailPartnerFacts)
def create_retail_partner(uow: UnitOfWork, new: NewRetailPartner) -> RetailPartnerFacts:
    """Create a retail partner."""
    row = master_data.create(
        uow,
        RetailPartner,
        code=chosen_or_new(new.retail_partner_id, prefix="rp", pointer="#/retailPartnerId"),
        name=new.name,
        gln=new.gln,
        contact=new.contact,
        channel=new.channel,
        status=new.status,
        attributes=new.attributes,
    )
    return retail_partner_facts(row)
