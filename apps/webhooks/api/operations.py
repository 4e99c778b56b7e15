"""The operations of /v1/webhooks."""

from apps.core.http.operations import Operation, Parameter
from apps.webhooks.api.filters import DeliveryFilter, WebhookFilter
from apps.webhooks.api.schemas import (
    DeliveryPage,
    HealthView,
    NewWebhookView,
    RedeliveryView,
    ReplayRequest,
    ReplayView,
    SecretRotation,
    SecretView,
    TestView,
    WebhookChange,
    WebhookCreate,
    WebhookPage,
    WebhookView,
)

_EXAMPLE = {
    "url": "https://shop.example.com/stock-events",
    "eventTypes": ["inventory.updated"],
    "filters": {"supplierId": "SUP123"},
}

LIST = Operation(
    operation_id="listWebhooks",
    summary="List webhooks",
    description="Staff see every webhook of the tenant, another party its own.",
    scope="webhooks:read",
    tag="Webhooks",
    answer=WebhookPage,
    filters=WebhookFilter,
    order_by=("webhookId", "createdAt"),
    paged=True,
)
CREATE = Operation(
    operation_id="createWebhook",
    summary="Create a webhook",
    description="The answer shows the signing secret, this once. Events carry what the caller's party may see.",
    scope="webhooks:write",
    tag="Webhooks",
    body=WebhookCreate,
    answer=NewWebhookView,
    status=201,
    keys="accepted",
    tagged=True,
    problems=("invalid_state",),
    examples={"One supplier's stock": _EXAMPLE},
)
GET = Operation(
    operation_id="getWebhook",
    summary="Get a webhook",
    description="Staff read every webhook of the tenant, another party its own. The secret is never shown again.",
    scope="webhooks:read",
    tag="Webhooks",
    answer=WebhookView,
    tagged=True,
)
CHANGE = Operation(
    operation_id="changeWebhook",
    summary="Change a webhook",
    description="A JSON merge patch. Setting the status `active` enables a webhook that was disabled.",
    scope="webhooks:write",
    tag="Webhooks",
    body=WebhookChange,
    answer=WebhookView,
    keys="accepted",
    versioned=True,
    tagged=True,
    examples={"Pause": {"status": "paused"}},
)
DELETE = Operation(
    operation_id="deleteWebhook",
    summary="Delete a webhook and cancel what waits for it",
    description="Staff delete every webhook of the tenant, another party its own.",
    scope="webhooks:write",
    tag="Webhooks",
    status=204,
    keys="accepted",
    versioned=True,
)
TEST = Operation(
    operation_id="testWebhook",
    summary="Send a test event to a webhook",
    description="Only this webhook gets it, whatever event types it names.",
    scope="webhooks:write",
    tag="Webhooks",
    answer=TestView,
    status=202,
    keys="accepted",
    problems=("invalid_state",),
)
ENABLE = Operation(
    operation_id="enableWebhook",
    summary="Enable a webhook",
    description="Makes a paused or disabled webhook active and forgets that its receiver failed: what waits is sent at "
    "once. What happened meanwhile was not collected: a resync tells what there is now.",
    scope="webhooks:write",
    tag="Webhooks",
    answer=WebhookView,
    keys="accepted",
    tagged=True,
)
HEALTH = Operation(
    operation_id="getWebhookHealth",
    summary="See how a webhook's receiver does",
    description="Since when it fails, how much waits for it, how quickly it answers.",
    scope="webhooks:read",
    tag="Webhooks",
    answer=HealthView,
)
REPLAY = Operation(
    operation_id="replayWebhook",
    summary="Send a webhook events again",
    description="Those of a time, of some types, or only those that were given up; as far as the log keeps them and "
    "the party may see them now. They keep their ids, and follow behind what waits already. Of a stock item's updates "
    "only the newest is sent, unless the webhook's strategy is `each` or `ordered`.",
    scope="webhooks:write",
    tag="Webhooks",
    body=ReplayRequest,
    answer=ReplayView,
    status=202,
    keys="accepted",
    problems=("invalid_state",),
    examples={
        "What was given up": {"onlyFailed": True},
        "A night": {"since": "2026-11-20T18:00:00Z", "until": "2026-11-21T06:00:00Z"},
    },
)
RESYNC = Operation(
    operation_id="resyncWebhook",
    summary="Send a webhook what every item is now",
    description="One `inventory.snapshot` for each stock item that the party may see and the filters let through. "
    "However long the receiver was away, and whatever it missed, it has the truth afterwards.",
    scope="webhooks:write",
    tag="Webhooks",
    answer=ReplayView,
    status=202,
    keys="accepted",
    problems=("invalid_state",),
)
REDELIVER = Operation(
    operation_id="redeliverWebhookDelivery",
    summary="Send a delivery again",
    description="At once, whatever became of it before, with the same event id. Where a newer event of the same "
    "subject waits, that one goes out instead.",
    scope="webhooks:write",
    tag="Webhooks",
    answer=RedeliveryView,
    status=202,
    keys="accepted",
    problems=("invalid_state",),
)
ROTATE_SECRET = Operation(
    operation_id="rotateWebhookSecret",
    summary="Rotate a webhook's secret",
    description="Events are signed with every live secret, up to three, until the earlier ones expire.",
    scope="webhooks:write",
    tag="Webhooks",
    body=SecretRotation,
    answer=SecretView,
    keys="accepted",
    examples={"A day to change over": {"expiresInSeconds": 86400}},
)
DELIVERIES = Operation(
    operation_id="listWebhookDeliveries",
    summary="List a webhook's deliveries",
    description="What was tried, newest first; or with `status` what still waits (`pending`) or was given up (`dead`).",
    scope="webhooks:read",
    tag="Webhooks",
    answer=DeliveryPage,
    filters=DeliveryFilter,
    order_by=("at",),
    parameters=(
        Parameter(
            "status",
            {"type": "string", "enum": ["attempted", "pending", "dead"], "default": "attempted"},
            "Which deliveries.",
        ),
    ),
    paged=True,
)
