from apps.core.http.filters import CodesFilter, filter_set, moments

ProductGroupFilter = filter_set(
    "ProductGroupFilter",
    {
        "groupId": CodesFilter("pk"),
        "status": CodesFilter("status"),
        **moments("createdAt", "created_at"),
        **moments("updatedAt", "updated_at"),
    },
)
