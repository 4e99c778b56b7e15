from apps.outbox.models.events import FeedDay, FeedHead, LoggedEventRow, OutboxMessage
from apps.outbox.models.idempotency import IdempotencyRecord

__all__ = ["FeedDay", "FeedHead", "IdempotencyRecord", "LoggedEventRow", "OutboxMessage"]
