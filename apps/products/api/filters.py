from typing import Any

from apps.core.http.filters import CodesFilter, filter_set, moments


class GtinsFilter(CodesFilter):
    """GTINs in whatever length the caller uses: they are stored with 14 digits."""

    def filter(self, qs: Any, value: Any) -> Any:
        return super().filter(qs, [gtin.zfill(14) for gtin in value] if value else value)


ProductFilter = filter_set(
    "ProductFilter",
    {
        "productId": CodesFilter("pk"),
        "sku": CodesFilter("sku"),
        "gtin": GtinsFilter("gtin"),
        "groupId": CodesFilter("group_id"),
        "supplierId": CodesFilter("supplier_id"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
        **moments("updatedAt", "updated_at"),
    },
)
