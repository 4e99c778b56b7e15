from django.conf import settings

from apps.core.http.filters import CodesFilter, filter_set

EventFilter = filter_set(
    "EventFilter",
    {
        "type": CodesFilter("types", values=tuple(sorted(settings.OUTBOX_RENDERERS))),
        "supplierId": CodesFilter("supplierId"),
        "productId": CodesFilter("productId"),
        "warehouseLocation": CodesFilter("warehouseLocation"),
    },
)
