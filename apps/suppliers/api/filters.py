from apps.core.http.filters import CodesFilter, filter_set, moments

SupplierFilter = filter_set(
    "SupplierFilter",
    {
        "supplierId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        "gln": CodesFilter("gln"),
        **moments("createdAt", "created_at"),
    },
)
