"""The OpenAPI document and its two pages: Swagger UI, which can call the API, and Redoc, which reads well."""

from functools import cache
from pathlib import Path

import drf_spectacular_sidecar
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from apps.core.http.openapi import openapi_text

DOCUMENT_URL = "/v1/openapi.json"
_REDOC = "static/drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
# Redoc shows its maker's logo, from its maker's server: our pages ask nobody but us.
_LOGO = b"https://cdn.redoc.ly/redoc/logo-mini.svg"


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


@require_safe
def redoc(request: HttpRequest) -> HttpResponse:
    """Show the document for reading."""
    return render(request, "core/redoc.html", {"document_url": DOCUMENT_URL})


@require_safe
@cache_control(max_age=86400)
def redoc_script(request: HttpRequest) -> HttpResponse:
    """Answer Redoc's own bundle without its maker's logo."""
    return HttpResponse(_redoc_bundle(), content_type="text/javascript; charset=utf-8")


@cache
def _document() -> bytes:
    return openapi_text().encode()


@cache
def _redoc_bundle() -> bytes:
    (package,) = drf_spectacular_sidecar.__path__
    return (Path(package) / _REDOC).read_bytes().replace(_LOGO, b"data:,")
