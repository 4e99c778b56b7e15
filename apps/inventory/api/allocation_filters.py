from apps.core.http.filters import CodesFilter, filter_set, moments

AllocationFilter = filter_set(
    "AllocationFilter",
    {
        "supplierId": CodesFilter("item__supplier_id"),
        "productId": CodesFilter("item__product_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "channel": CodesFilter("channel"),
        **moments("createdAt", "created_at"),
    },
)
