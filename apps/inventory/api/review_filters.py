from apps.core.http.filters import CodesFilter, filter_set, moments

ReviewFilter = filter_set(
    "ReviewFilter",
    {
        "status": CodesFilter("status"),
        "reason": CodesFilter("reason"),
        "source": CodesFilter("source"),
        "supplierId": CodesFilter("item__supplier_id"),
        "productId": CodesFilter("item__product_id"),
        "warehouseLocation": CodesFilter("warehouse_id"),
        **moments("createdAt", "created_at"),
    },
)
