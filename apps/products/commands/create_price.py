from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import pricing
from apps.products.models import Price
from apps.products.queries.prices import price_facts
from apps.products.types import NewPrice, PriceFacts
from apps.retail_partners.queries import retail_partners
from apps.tenancy.domain import master_data


@use_case(PriceFacts)
def create_price(uow: UnitOfWork, new: NewPrice) -> PriceFacts:
    """Say what a product costs, to whom and when.

    Raises Forbidden for all but staff, NotFound for the product or the partner, ValidationFailed for a unit that the
    product has not, AlreadyExists for a code that is taken and for a price that holds for the same at the same time.
    """
    pricing.refuse_all_but_staff(uow.ctx)
    product = pricing.lock_product(uow, new.product_id)
    if new.retail_partner_id is not None:
        master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    values = {
        "product_id": product.pk,
        "retail_partner_id": new.retail_partner_id,
        "channel": new.channel,
        "region": new.region,
        "amount": new.amount,
        "currency_code": new.currency_code,
        "unit_of_measure": pricing.known_unit(product, new.unit_of_measure),
        "minimum_quantity": new.minimum_quantity,
        "promotion": new.promotion,
        "valid_from": new.valid_from,
        "valid_to": new.valid_to,
        "status": new.status,
        "attributes": new.attributes,
    }
    code = chosen_or_new(new.price_id, prefix="prc", pointer="#/priceId")
    pricing.refuse_overlap(uow, Price(id=code, **values))
    return price_facts(master_data.create(uow, Price, code=code, **values))
