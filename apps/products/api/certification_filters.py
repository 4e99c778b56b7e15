import django_filters

from apps.core.http.filters import CodesFilter, filter_set

CertificationFilter = filter_set(
    "CertificationFilter",
    {
        "scheme": CodesFilter("scheme"),
        "expiringBefore": django_filters.DateFilter(
            field_name="valid_to",
            lookup_expr="lt",
            input_formats=["%Y-%m-%d"],
            help_text="Certificates whose last day is before this one.",
        ),
    },
)
