"""Events to subscriptions: a consumer of the relay (settings.OUTBOX_CONSUMERS)."""

from collections.abc import Sequence

from apps.outbox.domain.relay import RelayConnection
from apps.outbox.types import RelayedRange

# Defined in fan_out.sql.
_FAN_OUT = "SELECT fan_out_events(%s::bigint[], %s::bigint[], %s::bigint[])"


async def fan_out(connection: RelayConnection, ranges: Sequence[RelayedRange]) -> None:
    """Write deliveries of the events in `ranges` for every active webhook that wants them."""
    await connection.execute(
        _FAN_OUT,
        (
            [each.tenant_id for each in ranges],
            [each.first_position for each in ranges],
            [each.last_position for each in ranges],
        ),
    )
