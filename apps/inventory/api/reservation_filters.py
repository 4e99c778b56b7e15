from typing import Any

from django.db.models import Exists, OuterRef

from apps.core.http.filters import CodesFilter, filter_set, moments
from apps.inventory.models.reservation import ReservationItem


class _PartFilter(CodesFilter):
    """Keeps reservations that are, in part, about an item of these codes."""

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        parts = ReservationItem.objects.filter(tenant_id=OuterRef("tenant_id"), reservation_id=OuterRef("id"))
        return qs.filter(Exists(parts.filter(**{f"{self.field_name}__in": value})))


ReservationFilter = filter_set(
    "ReservationFilter",
    {
        "supplierId": _PartFilter("item__supplier_id"),
        "productId": _PartFilter("item__product_id"),
        "forRetailPartnerId": CodesFilter("beneficiary_id"),
        "reference": CodesFilter("reference"),
        **moments("expiresAt", "expires_at"),
        **moments("createdAt", "created_at"),
    },
)
