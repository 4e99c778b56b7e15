from apps.outbox.models.events import FeedHead, LoggedEventRow, OutboxMessage
from apps.outbox.models.idempotency import IdempotencyRecord

__all__ = ["FeedHead", "IdempotencyRecord", "LoggedEventRow", "OutboxMessage"]
