"""Every route. Under /v1 there are no trailing slashes."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from apps.core.http.document_views import Docs, openapi_json, redoc, redoc_script
from apps.core.http.entrance import api_base, favicon
from apps.core.http.metrics import metrics
from apps.core.http.pages_for_people import problem_index, problem_page
from apps.core.http.probes import healthz, readyz
from apps.insights.admin import feed, panels
from apps.tenancy.admin import switch_tenant

# Stock first: patterns are tried in order, and stock is what is asked for most.
v1 = [
    path("", include("apps.inventory.api.urls")),
    path("", include("apps.suppliers.api.urls")),
    path("", include("apps.retail_partners.api.urls")),
    path("", include("apps.inventory.api.parked_urls")),
    path("", include("apps.products.api.urls")),
    path("", include("apps.inventory.api.warehouse_urls")),
    path("", include("apps.inventory.api.integrity_urls")),
    path("", include("apps.inventory.api.allocation_urls")),
    path("", include("apps.inventory.api.batch_urls")),
    path("", include("apps.inventory.api.count_urls")),
    path("", include("apps.inventory.api.review_urls")),
    path("", include("apps.inventory.api.reservation_urls")),
    path("", include("apps.inventory.api.transfer_urls")),
    path("", include("apps.orders.api.urls")),
    path("", include("apps.shipments.api.urls")),
    path("", include("apps.transactions.api.urls")),
    path("", include("apps.webhooks.api.urls")),
    path("", include("apps.feed.api.urls")),
]

# What people type. Not permanent: a browser would remember it for whatever runs on this port next.
typed = {"": "/docs", "docs/": "/docs", "redoc/": "/redoc", "problems/": "/problems", "admin": "/admin/"}

urlpatterns = [
    path("v1/", include(v1)),
    path("", include("apps.access.api.urls")),
    path("v1", api_base),
    path("v1/", api_base),
    path("v1/openapi.json", openapi_json),
    path("docs", Docs.as_view()),
    path("redoc", redoc),
    path("redoc.js", redoc_script),
    path("problems", problem_index),
    path("problems/<slug:slug>", problem_page),
    path("favicon.ico", favicon),
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("partner/", include("apps.webhooks.pages.urls")),
    path("admin/tenant", admin.site.admin_view(switch_tenant), name="switch_tenant"),
    path("admin/dashboard/feed", admin.site.admin_view(feed), name="dashboard_feed"),
    path("admin/dashboard/panels", admin.site.admin_view(panels), name="dashboard_panels"),
    path("admin/", admin.site.urls),
    *(path(address, RedirectView.as_view(url=meant)) for address, meant in typed.items()),
]
