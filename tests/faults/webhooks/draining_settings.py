"""The settings with a short drain and full timeouts: what hangs at the end is released, not timed out."""

from config.settings import *  # noqa: F403

WEBHOOK_DRAIN_SECONDS = 0.5
