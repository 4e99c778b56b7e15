from apps.core.http.filters import CodesFilter, filter_set, moments
from apps.inventory.models import ParkedMovement

ParkedMovementFilter = filter_set(
    "ParkedMovementFilter",
    {
        "status": CodesFilter("status", values=(ParkedMovement.PARKED, ParkedMovement.BOOKED, ParkedMovement.REFUSED)),
        "partnerSku": CodesFilter("partner_sku"),
        "productId": CodesFilter("product_id"),
        **moments("createdAt", "created_at"),
    },
)
