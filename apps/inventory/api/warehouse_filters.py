from apps.core.http.filters import CodesFilter, filter_set, moments

WarehouseFilter = filter_set(
    "WarehouseFilter",
    {
        "warehouseId": CodesFilter("pk"),
        "ownerType": CodesFilter("owner_type"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
    },
)
