"""The settings with a poll so rare that only a wake-up can explain what arrives sooner."""

from config.settings import *  # noqa: F403

WEBHOOK_POLL_SECONDS = 6.0
