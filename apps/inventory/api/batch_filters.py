from typing import Any

import django_filters

from apps.core.http.filters import CodesFilter, MomentFilter, filter_set


class _HeldFilter(django_filters.ChoiceFilter):
    """`true` or `false` and nothing else, as JSON says it."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.filter(held=value == "true") if value else qs


BatchFilter = filter_set(
    "BatchFilter",
    {
        "supplierId": CodesFilter("supplier_id"),
        "productId": CodesFilter("product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "batchNumber": CodesFilter("number"),
        "expiringBefore": MomentFilter("expires_at", lookup_expr="lt"),
        "held": _HeldFilter(field_name="held", choices=[("true", "true"), ("false", "false")]),
    },
)
