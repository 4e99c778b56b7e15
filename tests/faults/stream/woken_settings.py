"""The settings of a stream process that practically never looks by itself: what it tells in time it was woken for."""

from config.settings import *  # noqa: F403

STREAM_POLL_SECONDS = 120.0
