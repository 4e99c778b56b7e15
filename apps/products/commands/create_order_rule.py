from apps.core.codes import chosen_or_new
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.products.domain import order_rules
from apps.products.models import OrderRule
from apps.products.queries.order_rules import order_rule_facts
from apps.products.queries.products import products
from apps.products.types import NewOrderRule, OrderRuleFacts
from apps.retail_partners.queries import retail_partners
from apps.suppliers.queries import suppliers
from apps.tenancy.domain import master_data


@use_case(OrderRuleFacts)
def create_order_rule(uow: UnitOfWork, new: NewOrderRule) -> OrderRuleFacts:
    """Say which quantities of a supplier's product may be ordered.

    Raises NotFound for what it names, Forbidden for whom may not, ValidationFailed for a unit that the product has not,
    AlreadyExists where there is a rule for the same.
    """
    master_data.require(suppliers(uow.ctx), new.supplier_id, pointer="#/supplierId")
    order_rules.refuse_all_but_the_supplier(uow.ctx, new.supplier_id)
    product = master_data.referred(products(uow.ctx), new.product_id, pointer="#/productId")
    if new.retail_partner_id is not None:
        master_data.require(retail_partners(uow.ctx), new.retail_partner_id, pointer="#/retailPartnerId")
    unit, base_minimum, base_multiple = order_rules.in_base_units(
        uow, product, unit=new.unit_of_measure, minimum=new.minimum_quantity, multiple=new.order_multiple
    )
    row = master_data.create(
        uow,
        OrderRule,
        code=chosen_or_new(new.order_rule_id, prefix="orl", pointer="#/orderRuleId"),
        supplier_id=new.supplier_id,
        product_id=product.pk,
        retail_partner_id=new.retail_partner_id,
        unit_of_measure=unit,
        minimum_quantity=new.minimum_quantity,
        order_multiple=new.order_multiple,
        base_minimum=base_minimum,
        base_multiple=base_multiple,
        status=new.status,
        attributes=new.attributes,
    )
    return order_rule_facts(row)
