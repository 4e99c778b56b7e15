"""The OpenAPI document and its page."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from apps.core.http.openapi import openapi_text

DOCUMENT_URL = "/v1/openapi.json"


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """Answer the document: the bytes of `docs/api/openapi.json`, whatever the caller accepts."""
    return HttpResponse(_document(), content_type="application/json")


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI with its own files only; the script is a request of its own, so the page needs no inline script."""

    url = DOCUMENT_URL
    url_self = "/docs"
    template_name = "core/docs.html"
    template_name_js = "core/docs.js"


@cache
def _document() -> bytes:
    return openapi_text().encode()
