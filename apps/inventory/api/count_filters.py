from apps.core.http.filters import CodesFilter, filter_set, moments

CountFilter = filter_set(
    "CountFilter",
    {
        "countId": CodesFilter("pk"),
        "warehouseLocation": CodesFilter("warehouse_id"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)
