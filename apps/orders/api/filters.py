from apps.core.http.filters import CodesFilter, filter_set, moments

OrderFilter = filter_set(
    "OrderFilter",
    {
        "orderId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        "type": CodesFilter("type"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        "platform": CodesFilter("platform"),
        "platformOrderNumber": CodesFilter("platform_order_number"),
        "reference": CodesFilter("reference"),
        **moments("createdAt", "created_at"),
    },
)
ReturnFilter = filter_set(
    "ReturnFilter",
    {
        "returnId": CodesFilter("pk"),
        "orderId": CodesFilter("order_id"),
        "type": CodesFilter("type"),
        "supplierId": CodesFilter("supplier_id"),
        "retailPartnerId": CodesFilter("retail_partner_id"),
        **moments("createdAt", "created_at"),
    },
)
