from collections.abc import Iterable

from django.db.models import F, Q

from apps.core.context import CallContext
from apps.products.models import (
    OrderRule,
)
from apps.products.models.order_rule import OrderRuleQuerySet
from apps.products.types import (
    BaseOrderRule,
    OrderRuleFacts,
)
from apps.tenancy.queries import common_facts, found


def order_rules(ctx: CallContext) -> OrderRuleQuerySet:
    """Return the order rules that the caller may see."""
    return OrderRule.objects.visible_to(ctx.principal, ctx.now)


def order_rule(ctx: CallContext, order_rule_id: str) -> OrderRuleFacts:
    """Return one order rule. Raises NotFound where it is absent or invisible."""
    return order_rule_facts(found(order_rules(ctx), order_rule_id))


def order_rules_for(
    ctx: CallContext, supplier_id: str, product_ids: Iterable[str], *, retail_partner_id: str | None
) -> dict[str, BaseOrderRule]:
    """Return, whoever asks, the rule that binds an order of a supplier's products, by product, in one query.

    A retail partner's own goes before everybody's; a product without a rule has no entry.
    """
    rows = OrderRule.objects.filter(
        Q(retail_partner=None) | Q(retail_partner_id=retail_partner_id),
        tenant_id=ctx.tenant_id,
        supplier_id=supplier_id,
        product_id__in=list(product_ids),
        status=OrderRule.ACTIVE,
    ).order_by(F("retail_partner_id").desc(nulls_first=True))
    # The last of a product stays: its partner's own, where there is one.
    return {
        row.product_id: BaseOrderRule(order_rule_id=row.pk, minimum=row.base_minimum, multiple=row.base_multiple)
        for row in rows
    }


def order_rule_facts(row: OrderRule) -> OrderRuleFacts:
    """Return a row as facts."""
    return OrderRuleFacts(
        order_rule_id=row.pk,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        retail_partner_id=row.retail_partner_id,
        minimum_quantity=row.minimum_quantity,
        order_multiple=row.order_multiple,
        unit_of_measure=row.unit_of_measure,
        **common_facts(row),
    )
