from django.urls import path

from apps.inventory.api.integrity_views import Integrity

urlpatterns = [path("integrity", Integrity.as_view())]
