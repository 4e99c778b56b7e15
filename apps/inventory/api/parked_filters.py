from apps.core.http.filters import CodesFilter, filter_set, moments

ParkedMovementFilter = filter_set(
    "ParkedMovementFilter",
    {
        "status": CodesFilter("status"),
        "partnerSku": CodesFilter("partner_sku"),
        "productId": CodesFilter("product_id"),
        **moments("createdAt", "created_at"),
    },
)
