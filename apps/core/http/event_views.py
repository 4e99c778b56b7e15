"""The envelope of an event as the document shows it (`apps.core.envelopes` makes it)."""

from typing import Annotated, Literal

import msgspec

from apps.core.http.bodies import MomentText, View


class EventView(View, kw_only=True):
    """A Standard Webhooks payload and a CloudEvents 1.0 event in one object.

    Each event type's own view names its `type` and its `data`.
    """

    specversion: Literal["1.0"]
    id: Annotated[str, msgspec.Meta(description="The event's id, the same over retries; equals `webhook-id`.")]
    source: Annotated[
        str,
        msgspec.Meta(description="Where the subject lives.", extra_json_schema={"format": "uri-reference"}),
    ]
    subject: Annotated[str, msgspec.Meta(description="What it happened to, such as `SUP123/HOTSAUCE789`.")]
    time: MomentText
    timestamp: MomentText
    datacontenttype: Literal["application/json"]
    sequence: Annotated[
        str,
        msgspec.Meta(
            description="The subject's version. Ignore an event that is not above the last one stored.",
            pattern="^[0-9]+$",
        ),
    ]
    tenantid: str
