"""The token endpoint: the toolkit's, without the device flow that it answers before it looks at the client."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.views import TokenView


class Token(TokenView):
    """RFC 6749's token endpoint; the only grant is client credentials."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("grant_type") == "urn:ietf:params:oauth:grant-type:device_code":
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer
