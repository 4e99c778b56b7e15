"""The settings with every timeout of webhooks at a twentieth, for dispatchers in processes of their own."""

from config.settings import *  # noqa: F403

WEBHOOK_CONNECT_TIMEOUT = 0.15
WEBHOOK_TOTAL_TIMEOUT = 0.75
WEBHOOK_LEASE_SECONDS = 1.25
WEBHOOK_RETRY_SCALE = 0.05
WEBHOOK_DRAIN_SECONDS = 1.0
WEBHOOK_PUMP_SECONDS = 2.0
