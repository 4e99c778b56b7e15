"""The settings with the stream's times at a twentieth and small rings, for stream processes of tests."""

from config.settings import *  # noqa: F403

STREAM_HEARTBEAT_SECONDS = 0.75
STREAM_SLOW_SECONDS = 1.0
STREAM_CHECK_SECONDS = 0.25
STREAM_RING_BYTES = 64 * 1024
