"""The admin works inside one tenant: the membership chosen in the session."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Membership

SESSION_KEY = "tenant_id"


class AdminTenant:
    """Wraps `/admin/` in a unit of work of the chosen tenant, so that row level security holds there too.

    A person without a membership gets no tenant at all: reading a tenant's table then raises instead of showing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        membership = self._membership(request)
        request.membership = membership  # type: ignore[attr-defined] -- Django's requests are open for attributes
        if membership is None:
            return self.get_response(request)
        with as_tenant(membership.tenant_id):
            return self.get_response(request)

    @staticmethod
    def _membership(request: HttpRequest) -> Membership | None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        memberships = Membership.objects.filter(user=user).select_related("tenant").order_by("id")
        chosen = memberships.filter(tenant_id=request.session.get(SESSION_KEY)).first()
        return chosen or memberships.first()
