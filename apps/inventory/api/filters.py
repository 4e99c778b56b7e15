import django_filters

from apps.core.http.filters import CodesFilter, MomentFilter, filter_set
from apps.inventory.types import StockStatus

ItemFilter = filter_set(
    "ItemFilter",
    {
        "supplierId": CodesFilter("supplier"),
        "productId": CodesFilter("product"),
        "groupId": CodesFilter("group"),
        "retailPartnerId": CodesFilter("partner"),
        "warehouseLocation": CodesFilter("warehouse"),
        "batchNumber": CodesFilter("batch"),
        "expiringBefore": MomentFilter("expiring_before"),
        "availableQuantity.lte": django_filters.NumberFilter(
            "available_lte", min_value=-(10**15), max_value=10**15, decimal_places=0
        ),
        "stockStatus": CodesFilter("status", values=tuple(StockStatus)),
    },
)
