from apps.core.http.filters import CodesFilter, filter_set, moments

TransferFilter = filter_set(
    "TransferFilter",
    {
        "transferId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        "fromWarehouseLocation": CodesFilter("from_warehouse"),
        "toWarehouseLocation": CodesFilter("to_warehouse"),
        "reference": CodesFilter("reference"),
        **moments("createdAt", "created_at"),
        **moments("expectedAt", "expected_at"),
    },
)
