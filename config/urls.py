"""Every route. Under /v1 there are no trailing slashes."""

from django.contrib import admin
from django.urls import include, path

from apps.core.http.pages_for_people import problem_page
from apps.core.http.probes import healthz, readyz

v1 = [
    path("", include("apps.suppliers.api.urls")),
]

urlpatterns = [
    path("v1/", include(v1)),
    path("", include("apps.access.api.urls")),
    path("problems/<slug:slug>", problem_page),
    path("healthz", healthz),
    path("readyz", readyz),
    path("admin/", admin.site.urls),
]
