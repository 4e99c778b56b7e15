"""The operations of partners' pages, under /v1/webhooks/pages."""

from apps.core.http.operations import Operation
from apps.webhooks.api.page_schemas import PageCreate, PageRevocationView, PageView

GIVE = Operation(
    operation_id="givePartnerPage",
    summary="Give a partner a page",
    description="Answers a link, this once: whoever has it sees and handles the party's webhooks in a browser, without "
    "a client, until `expiresAt`. A supplier or retail partner makes one for its own people; staff name the `party`. "
    "The token needs `webhooks:read` too.",
    scope="webhooks:write",
    tag="Webhooks",
    body=PageCreate,
    answer=PageView,
    status=201,
    keys="accepted",
    problems=("not_found", "invalid_state"),
    examples={
        "To a supplier, for a day": {"party": {"type": "supplier", "id": "SUP123"}, "expiresInSeconds": 86400},
        "A retail partner's own": {},
    },
)
REVOKE = Operation(
    operation_id="revokePartnerPage",
    summary="Revoke a partner's page",
    description="Ends it for everybody who has its link or is on it. Staff revoke every partner's, a partner its own.",
    scope="webhooks:write",
    tag="Webhooks",
    answer=PageRevocationView,
    keys="accepted",
)
