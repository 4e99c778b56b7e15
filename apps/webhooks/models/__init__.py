from apps.webhooks.models.attempts import Attempt
from apps.webhooks.models.deliveries import Delivery, Lane
from apps.webhooks.models.page_links import PageLink
from apps.webhooks.models.pump_slots import PumpSlot
from apps.webhooks.models.replays import Replay
from apps.webhooks.models.webhooks import Webhook, WebhookSecret

__all__ = ["Attempt", "Delivery", "Lane", "PageLink", "PumpSlot", "Replay", "Webhook", "WebhookSecret"]
