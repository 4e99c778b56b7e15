"""From claims and their rendered bodies to results."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from uuid import UUID

from apps.core.envelopes import public_event_id
from apps.core.ids import encode_id
from apps.core.metrics import commit_to_send
from apps.core.times import rfc3339
from apps.core.traces import span
from apps.webhooks.domain.rendering import DatabaseAway, Rendered, RenderingFailed
from apps.webhooks.domain.retries import delay_after
from apps.webhooks.domain.sealing import unseal
from apps.webhooks.domain.sending import Reply, Sender
from apps.webhooks.types import MOST_EVENTS_OF_A_BATCH, Claim, Outcome, Result, Strategy

_GONE = 410
_CONGESTED = frozenset({408, 429, 503})
_AWAY_SECONDS = 1.0
_MOST_BYTES_OF_A_BATCH = 256 * 1024

Parcel = list[tuple[Claim, Rendered]]


def parcels(claims: Sequence[Claim], rendered: Sequence[Rendered]) -> Iterator[Parcel]:
    """Put together what goes in one request: a batch of one webhook, or one claim."""
    batches: dict[str, Parcel] = {}
    sizes: dict[str, int] = {}
    for claim, body in zip(claims, rendered, strict=True):
        if claim.strategy != Strategy.BATCH or not isinstance(body, bytes):
            yield [(claim, body)]
            continue
        webhook = claim.webhook_id
        full = len(batches.get(webhook, ())) == MOST_EVENTS_OF_A_BATCH
        if webhook in batches and (full or sizes[webhook] + len(body) > _MOST_BYTES_OF_A_BATCH):
            yield batches.pop(webhook)
        batches.setdefault(webhook, []).append((claim, body))
        sizes[webhook] = len(body) + (sizes[webhook] if len(batches[webhook]) > 1 else 0)
    yield from batches.values()


async def deliver(sender: Sender, parcel: Parcel) -> list[Result]:
    """Send a parcel in one request and return what became of each of its claims."""
    claim, body = parcel[0]
    if isinstance(body, DatabaseAway):
        return [release(claim, delay=_AWAY_SECONDS)]
    if isinstance(body, RenderingFailed):
        return [_result(claim, "failed", error=f"The event could not be rendered: {body}.")]
    if body is None or claim.event is None:
        return [_result(claim, "dropped", error="The party may not see it, or the log no longer keeps it.")]
    if asyncio.get_running_loop().time() > claim.send_by:
        return [release(each) for each, _ in parcel]  # sending now could outlive the lease: another would send it
    secrets = [
        unseal(sealed, tenant_id=claim.tenant_id, webhook_id=claim.webhook_id, secret_id=secret_id)
        for secret_id, sealed in claim.secrets
    ]
    for each, _ in parcel:
        if each.attempts == 1 and each.event is not None:
            commit_to_send.observe(max(time.time() - each.event.occurred_at.timestamp(), 0.0))
    batched = claim.strategy == Strategy.BATCH
    message_id, content = _batch(parcel) if batched else (public_event_id(claim.event.event_id), body)
    with span("webhook send", event=message_id, type=claim.event.type, attempt=claim.attempts, events=len(parcel)):
        reply = await sender.post(claim.url, body=content, event_id=message_id, secrets=secrets)
    results = [_result_of(each, reply) for each, _ in parcel]
    delay = max(result.delay for result in results)  # what failed together comes again together
    return [replace(result, delay=delay, counted=number == 0) for number, result in enumerate(results)]


def release(claim: Claim, *, delay: float = 0.0) -> Result:
    """Return a claim unsent, or sent with an unknown outcome: it is ready again and no attempt is counted."""
    return _result(claim, "released", delay=delay)


def broken(claim: Claim, error: BaseException) -> Result:
    """Return the failure of a claim whose delivery ended in an error of our own, as where a secret does not open."""
    return _result(claim, "failed", error=f"The delivery broke: {type(error).__name__}.")


def _batch(parcel: Parcel) -> tuple[str, bytes]:
    """Return a batch's id, the same whenever the same events are sent together, and its body."""
    events = [claim.event for claim, _ in parcel if claim.event is not None]
    digest = sha256(b"".join(event.event_id.bytes for event in events)).digest()
    moment = rfc3339(max(event.occurred_at for event in events))
    bodies = b",".join(body for _, body in parcel if isinstance(body, bytes))
    content = b'{"type":"batch","timestamp":"%s","data":{"events":[%s]}}' % (moment.encode(), bodies)
    return encode_id("bat", UUID(bytes=digest[:16])), content


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
        congested=reply.timed_out or reply.status in _CONGESTED,
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
