"""The operations of /v1/webhooks."""

from apps.core.http.operations import Operation, Parameter
from apps.webhooks.api.filters import DeliveryFilter, WebhookFilter
from apps.webhooks.api.schemas import (
    DeliveryPage,
    NewWebhookView,
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
