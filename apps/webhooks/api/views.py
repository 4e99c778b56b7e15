from dataclasses import replace
from typing import Any

from apps.access.api.changes import changes_in, plain
from apps.access.api.pages import page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, InvalidRequest, NotFound, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.outbox.unit_of_work import reading
from apps.webhooks.api import operations
from apps.webhooks.api.schemas import (
    rendered,
    rendered_attempt,
    rendered_health,
    rendered_new,
    rendered_redelivery,
    rendered_replay,
    rendered_row,
    rendered_secret,
    rendered_test,
    rendered_waiting,
)
from apps.webhooks.commands.ask_for_replay import ask_for_replay
from apps.webhooks.commands.change_webhook import change_webhook
from apps.webhooks.commands.create_webhook import create_webhook
from apps.webhooks.commands.delete_webhook import delete_webhook
from apps.webhooks.commands.enable_webhook import enable_webhook
from apps.webhooks.commands.redeliver import redeliver_again
from apps.webhooks.commands.rotate_secret import rotate_secret
from apps.webhooks.commands.send_test_event import send_test_event
from apps.webhooks.domain.delivery_ids import delivery_number
from apps.webhooks.domain.subscriptions import check_event_types, check_filters
from apps.webhooks.domain.urls import checked_url
from apps.webhooks.queries import attempts, deliveries, health, webhook, webhooks
from apps.webhooks.types import EVERY_TYPE, DeliveryState, NewWebhook, ReplayKind

_ORDERS = {"webhookId": "pk", "createdAt": "created_at"}
_WAITING = {
    "pending": (DeliveryState.READY, DeliveryState.IN_FLIGHT),
    "dead": (DeliveryState.DEAD,),
}


class Webhooks(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: webhooks(call.ctx), rendered_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        body = call.body
        check_event_types(body.event_types)
        filters = _filters(plain(body.filters) or {}, keep_null=False)
        check_filters(call.ctx, filters)
        new = NewWebhook(
            url=checked_url(body.url),
            event_types=list(dict.fromkeys(body.event_types)),
            filters=filters,
            strategy=body.strategy,
            max_per_second=body.max_per_second,
            status=body.status,
        )
        outcome = create_webhook(call.ctx, new)
        facts = outcome.result.webhook
        return Answer(
            body=rendered_new(outcome.result),
            status=201,
            version=facts.version,
            location=f"/v1/webhooks/{facts.webhook_id}",
            replayed=outcome.replayed,
        )


class WebhookDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, webhook_id: str) -> Answer:
        with reading(call.ctx):
            facts = webhook(call.ctx, webhook_id)
        return Answer(body=rendered(facts), version=facts.version)

    @operation(operations.CHANGE)
    def patch(self, call: Call, webhook_id: str) -> Answer:
        changes = changes_in(call.body)
        if "url" in changes:
            checked_url(changes["url"])
        if "event_types" in changes:
            check_event_types(changes["event_types"])
        if "filters" in changes:
            # Null removes them all: for a merge patch, each by its name.
            names = {"supplierId": None, "productId": None, "warehouseLocation": None}
            changes["filters"] = _filters(names if changes["filters"] is None else changes["filters"], keep_null=True)
        outcome = change_webhook(call.ctx, webhook_id, expected=call.expected, changes=changes)
        return Answer(body=rendered(outcome.result), version=outcome.result.version, replayed=outcome.replayed)

    @operation(operations.DELETE)
    def delete(self, call: Call, webhook_id: str) -> Answer:
        outcome = delete_webhook(call.ctx, webhook_id, expected=call.expected)
        return Answer(status=204, replayed=outcome.replayed)


class WebhookTest(ApiView):
    @operation(operations.TEST)
    def post(self, call: Call, webhook_id: str) -> Answer:
        outcome = send_test_event(call.ctx, webhook_id)
        return Answer(body=rendered_test(outcome.result), status=202, replayed=outcome.replayed)


class WebhookSecretRotation(ApiView):
    @operation(operations.ROTATE_SECRET)
    def post(self, call: Call, webhook_id: str) -> Answer:
        outcome = rotate_secret(call.ctx, webhook_id, expires_in_seconds=call.body.expires_in_seconds)
        return Answer(body=rendered_secret(outcome.result), replayed=outcome.replayed)


class WebhookEnabling(ApiView):
    @operation(operations.ENABLE)
    def post(self, call: Call, webhook_id: str) -> Answer:
        outcome = enable_webhook(call.ctx, webhook_id)
        return Answer(body=rendered(outcome.result), version=outcome.result.version, replayed=outcome.replayed)


class WebhookHealth(ApiView):
    @operation(operations.HEALTH)
    def get(self, call: Call, webhook_id: str) -> Answer:
        with reading(call.ctx):
            facts = health(call.ctx, webhook_id)
        return Answer(body=rendered_health(facts))


class WebhookReplay(ApiView):
    @operation(operations.REPLAY)
    def post(self, call: Call, webhook_id: str) -> Answer:
        body = call.body
        if body.event_types is not None:
            check_event_types(body.event_types)
        since, until = body.since, body.until
        if since is not None and since > (until or call.ctx.now):
            detail = "The time ends before it begins."
            raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, pointer="#/since")])
        named = body.event_types is not None and EVERY_TYPE not in body.event_types
        outcome = ask_for_replay(
            call.ctx,
            webhook_id,
            kind=ReplayKind.FAILED if body.only_failed else ReplayKind.EVENTS,
            event_types=body.event_types if named else None,
            since=since,
            until=until,
        )
        return Answer(body=rendered_replay(outcome.result), status=202, replayed=outcome.replayed)


class WebhookResync(ApiView):
    @operation(operations.RESYNC)
    def post(self, call: Call, webhook_id: str) -> Answer:
        outcome = ask_for_replay(call.ctx, webhook_id, kind=ReplayKind.SNAPSHOT)
        return Answer(body=rendered_replay(outcome.result), status=202, replayed=outcome.replayed)


class WebhookRedelivery(ApiView):
    @operation(operations.REDELIVER)
    def post(self, call: Call, webhook_id: str, delivery_id: str) -> Answer:
        number = delivery_number(call.ctx.tenant_id, delivery_id)
        if number is None:
            raise NotFound
        outcome = redeliver_again(call.ctx, webhook_id, delivery_id=number)
        return Answer(body=rendered_redelivery(outcome.result), status=202, replayed=outcome.replayed)


class WebhookDeliveries(ApiView):
    @operation(operations.DELIVERIES)
    def get(self, call: Call, webhook_id: str) -> Answer:
        status = call.params.get("status", "attempted")
        if "orderBy" not in call.params:
            call = replace(call, params={**call.params, "orderBy": "at desc"})
        if status == "attempted":
            return page_of(call, lambda: attempts(call.ctx, webhook_id), rendered_attempt, orders={"at": "at"})
        if status not in _WAITING:
            detail = "status is attempted, pending or dead."
            raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, parameter="status")])
        return page_of(
            call,
            lambda: deliveries(call.ctx, webhook_id).filter(state__in=_WAITING[status]),
            rendered_waiting,
            orders={"at": "first_at"},
        )


def _filters(given: dict[str, Any], *, keep_null: bool) -> dict[str, Any]:
    """Return filters with lists of codes only; null is kept where it is a merge patch's removal."""
    listed = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    return listed if keep_null else {name: value for name, value in listed.items() if value is not None}
