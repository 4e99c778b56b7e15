from apps.access.api.views import ApiView, operation
from apps.core.context import PartyType, Principal
from apps.core.errors import FieldError, Forbidden, InsufficientScope
from apps.core.http.operations import Answer, Call
from apps.webhooks.api import page_operations as operations
from apps.webhooks.api.page_schemas import PageCreate, rendered_page, rendered_revocation
from apps.webhooks.commands.give_page import give_page
from apps.webhooks.commands.revoke_page import revoke_page
from apps.webhooks.domain.page_links import PAGES

_READS = "webhooks:read"


class Pages(ApiView):
    @operation(operations.GIVE)
    def post(self, call: Call) -> Answer:
        # What a page shows, its giver may read: a link must not be more than the token that made it.
        if _READS not in call.ctx.principal.scopes:
            raise InsufficientScope(requiredScope=_READS)
        party, party_id = _partner(call.ctx.principal, call.body)
        outcome = give_page(call.ctx, party, party_id, lasts_seconds=call.body.expires_in_seconds)
        page_id = outcome.result.page.page_id
        return Answer(
            body=rendered_page(outcome.result), status=201, location=f"{PAGES}/{page_id}", replayed=outcome.replayed
        )


class PageRevocation(ApiView):
    @operation(operations.REVOKE)
    def post(self, call: Call, page_id: str) -> Answer:
        outcome = revoke_page(call.ctx, page_id)
        return Answer(body=rendered_revocation(outcome.result), replayed=outcome.replayed)


def _partner(caller: Principal, body: PageCreate) -> tuple[PartyType, str]:
    """Return whose page is asked for. Raises Forbidden where staff ask for one of their own: they have the admin."""
    if body.party is not None:
        return PartyType(body.party.type), body.party.id
    if caller.is_staff:
        detail = "The tenant's own people have the admin: say which supplier or retail partner gets the page."
        raise Forbidden(detail, errors=[FieldError(code="required", detail=detail, pointer="#/party")])
    return caller.party, caller.party_id
