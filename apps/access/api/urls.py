from django.urls import path
from oauth2_provider.views import RevokeTokenView

from apps.access.api.metadata import authorization_server, protected_resource
from apps.access.api.token import Token

# Of the toolkit only what is named here is mounted: its introspection lets any client read any token, and its
# management views let any signed-in person register applications.
urlpatterns = [
    path("oauth/token", Token.as_view(), name="token"),
    path("oauth/revoke_token", RevokeTokenView.as_view(), name="revoke_token"),
    path(".well-known/oauth-authorization-server", authorization_server),
    path(".well-known/oauth-protected-resource", protected_resource),
]
