import django_filters

from apps.core.http.filters import CodesFilter, MomentFilter, filter_set

BatchFilter = filter_set(
    "BatchFilter",
    {
        "supplierId": CodesFilter("supplier_id"),
        "productId": CodesFilter("product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "batchNumber": CodesFilter("number"),
        "expiringBefore": MomentFilter("expires_at", lookup_expr="lt"),
        "held": django_filters.ChoiceFilter(field_name="held", choices=[("true", "true"), ("false", "false")]),
    },
)
