from typing import Annotated, Literal

import msgspec

from apps.core.http.bodies import Body, Code, MomentText, View
from apps.webhooks.api.schemas import Party
from apps.webhooks.domain.page_links import link_of
from apps.webhooks.types import MAX_PAGE_SECONDS, MIN_PAGE_SECONDS, IssuedPage, PageFacts


class Partner(Body):
    """A supplier or a retail partner."""

    type: Annotated[Literal["supplier", "retailPartner"], msgspec.Meta(title="PartnerType")]
    id: Code


class PageCreate(Body):
    party: Annotated[
        Partner | None, msgspec.Meta(description="Whose webhooks the page shows; without it the caller's own party's.")
    ] = None
    expires_in_seconds: Annotated[
        int, msgspec.Meta(ge=MIN_PAGE_SECONDS, le=MAX_PAGE_SECONDS, description="How long the page stays open.")
    ] = 86400


class PageView(View):
    """A page with its link, which is shown this once."""

    page_id: str
    url: str
    party: Party
    created_at: MomentText
    expires_at: MomentText


class PageRevocationView(View):
    page_id: str
    party: Party
    expires_at: MomentText
    revoked_at: MomentText | None


def rendered_page(issued: IssuedPage) -> PageView:
    """Return a new page with its link."""
    page = issued.page
    return PageView(
        page_id=page.page_id,
        url=link_of(issued),
        party=_party(page),
        created_at=page.created_at,
        expires_at=page.expires_at,
    )


def rendered_revocation(page: PageFacts) -> PageRevocationView:
    """Return a page that has ended."""
    return PageRevocationView(
        page_id=page.page_id, party=_party(page), expires_at=page.expires_at, revoked_at=page.revoked_at
    )


def _party(page: PageFacts) -> Party:
    return Party(type=page.party_type, id=page.party_id)
