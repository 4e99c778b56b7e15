"""What somebody finds who knocks at the API's base address, and the icon that every browser asks for."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.core.http.document_info import INFO
from apps.core.http.document_views import DOCUMENT_URL

_ICON = Path(__file__).resolve().parents[1] / "static" / "core" / "favicon.ico"


@require_safe
@cache_control(public=True, max_age=3600)
def api_base(request: HttpRequest) -> HttpResponse:
    """Tell anybody what this is and where to go on; the same for everybody."""
    links = {
        "documentation": "/docs",
        "openapi": DOCUMENT_URL,
        "problems": "/problems",
        "token": "/oauth/token",
    }
    return JsonResponse(
        {
            "name": INFO["title"],
            "version": INFO["version"],
            "links": {name: settings.PUBLIC_URL + path for name, path in links.items()},
        }
    )


@require_safe
@cache_control(public=True, max_age=86400)
def favicon(request: HttpRequest) -> HttpResponse:
    """Answer our icon to browsers that look for it where it always was; pages name the drawing itself."""
    return HttpResponse(_icon(), content_type="image/x-icon")


@cache
def _icon() -> bytes:
    return _ICON.read_bytes()
