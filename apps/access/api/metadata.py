"""Where clients find out how to get a token: RFC 8414 and RFC 9728."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from apps.access.scopes import SCOPE_DESCRIPTIONS


def authorization_server(request: HttpRequest) -> HttpResponse:
    """Describe the authorization server (RFC 8414)."""
    return JsonResponse(
        {
            "issuer": settings.PUBLIC_URL,
            "token_endpoint": f"{settings.PUBLIC_URL}/oauth/token",
            "revocation_endpoint": f"{settings.PUBLIC_URL}/oauth/revoke_token",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": sorted(SCOPE_DESCRIPTIONS),
            "service_documentation": f"{settings.PUBLIC_URL}/docs",
        }
    )


def protected_resource(request: HttpRequest) -> HttpResponse:
    """Describe the API as a protected resource (RFC 9728)."""
    return JsonResponse(
        {
            "resource": f"{settings.PUBLIC_URL}/v1",
            "authorization_servers": [settings.PUBLIC_URL],
            "scopes_supported": sorted(SCOPE_DESCRIPTIONS),
            "bearer_methods_supported": ["header"],
            "resource_documentation": f"{settings.PUBLIC_URL}/docs",
        }
    )
