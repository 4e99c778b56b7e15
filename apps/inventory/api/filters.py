import django_filters

from apps.core.http.filters import CodesFilter, filter_set

ItemFilter = filter_set(
    "ItemFilter",
    {
        "supplierId": CodesFilter("supplier"),
        "productId": CodesFilter("product"),
        "retailPartnerId": CodesFilter("partner"),
        "warehouseLocation": CodesFilter("warehouse"),
        "batchNumber": CodesFilter("batch"),
        "expiringBefore": django_filters.IsoDateTimeFilter("expiring_before"),
        "availableQuantity.lte": django_filters.NumberFilter(
            "available_lte", min_value=-(10**15), max_value=10**15, decimal_places=0
        ),
        "stockStatus": CodesFilter("status"),
    },
)
