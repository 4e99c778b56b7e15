"""What a person reads whose page does not open."""

from typing import NamedTuple

from apps.webhooks.types import WhyClosed


class Said(NamedTuple):
    """A page of one sentence."""

    status: int
    title: str
    text: str


_ASK = "Ask whoever gave it to you for a new one."
SAID: dict[WhyClosed, Said] = {
    WhyClosed.UNKNOWN: Said(404, "This link leads nowhere", f"It is incomplete, or ended long ago. {_ASK}"),
    WhyClosed.NOT_OPENED: Said(
        403, "Open your link first", "This browser has not opened this page, or has left it. Follow the link again."
    ),
    WhyClosed.EXPIRED: Said(410, "This link has expired", f"It was made for a limited time. {_ASK}"),
    WhyClosed.REVOKED: Said(410, "This link was revoked", f"Somebody ended the page. {_ASK}"),
    WhyClosed.TENANT_SUSPENDED: Said(
        403, "The account is suspended", "Nothing can be seen or changed here at the moment."
    ),
    WhyClosed.PARTY_SUSPENDED: Said(
        403, "Your company's access is suspended", "Ask your contact at the brand owner to restore it."
    ),
    WhyClosed.GIVER_GONE: Said(403, "This link no longer holds", f"Who made it may not give it any more. {_ASK}"),
    WhyClosed.ELSEWHERE: Said(
        403,
        "Not from this network",
        "The client that made this link is bound to certain networks, and so is the link. Open it from there.",
    ),
}
