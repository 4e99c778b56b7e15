"""From a claim and its rendered body to a result."""

import asyncio
import time

from apps.core.envelopes import public_event_id
from apps.core.metrics import commit_to_send
from apps.core.traces import span
from apps.webhooks.domain.rendering import DatabaseAway, Rendered, RenderingFailed
from apps.webhooks.domain.retries import delay_after
from apps.webhooks.domain.sealing import unseal
from apps.webhooks.domain.sending import Reply, Sender
from apps.webhooks.types import Claim, Outcome, Result

_GONE = 410
_AWAY_SECONDS = 1.0


async def deliver(sender: Sender, claim: Claim, body: Rendered) -> Result:
    """Send the body and return what became of it."""
    if isinstance(body, DatabaseAway):
        return release(claim, delay=_AWAY_SECONDS)
    if isinstance(body, RenderingFailed):
        return _result(claim, "failed", error=f"The event could not be rendered: {body}.")
    if body is None or claim.event is None:
        return _result(claim, "dropped", error="The party may not see it, or the log no longer keeps it.")
    if asyncio.get_running_loop().time() > claim.send_by:
        return release(claim)  # sending now could outlive the lease: another would send it meanwhile
    secrets = [
        unseal(sealed, tenant_id=claim.tenant_id, webhook_id=claim.webhook_id, secret_id=secret_id)
        for secret_id, sealed in claim.secrets
    ]
    if claim.attempts == 1:
        commit_to_send.observe(max(time.time() - claim.event.occurred_at.timestamp(), 0.0))
    event_id = public_event_id(claim.event.event_id)
    with span("webhook send", event=event_id, type=claim.event.type, attempt=claim.attempts):
        reply = await sender.post(claim.url, body=body, event_id=event_id, secrets=secrets)
    return _result_of(claim, reply)


def release(claim: Claim, *, delay: float = 0.0) -> Result:
    """Return a claim unsent, or sent with an unknown outcome: it is ready again and no attempt is counted."""
    return _result(claim, "released", delay=delay)


def _result_of(claim: Claim, reply: Reply) -> Result:
    outcome: Outcome = "succeeded" if reply.succeeded else "gone" if reply.status == _GONE else "failed"
    return Result(
        tenant_id=claim.tenant_id,
        webhook_id=claim.webhook_id,
        delivery_id=claim.id,
        claim_id=claim.claim_id,
        outcome=outcome,
        sent=True,
        status=reply.status,
        milliseconds=reply.milliseconds,
        address=reply.address,
        error=reply.error,
        answer=reply.answer,
        delay=0.0 if reply.succeeded else delay_after(claim.attempts, retry_after=reply.retry_after),
    )


def _result(claim: Claim, outcome: Outcome, *, error: str | None = None, delay: float | None = None) -> Result:
    return Result(
        tenant_id=claim.tenant_id,
        webhook_id=claim.webhook_id,
        delivery_id=claim.id,
        claim_id=claim.claim_id,
        outcome=outcome,
        error=error,
        delay=delay_after(claim.attempts) if delay is None else delay,
    )
