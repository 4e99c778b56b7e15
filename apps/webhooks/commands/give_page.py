from datetime import timedelta

from apps.core.context import PartyType
from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.webhooks.domain.page_links import check_partner, issue_link, refuse_too_many_pages
from apps.webhooks.types import IssuedPage


@use_case(IssuedPage)
def give_page(uow: UnitOfWork, party: PartyType, party_id: str, *, lasts_seconds: int) -> IssuedPage:
    """Make a link to a partner's page: whoever has it sees and handles the party's webhooks until it ends.

    Staff give one to any partner, a partner to itself. Raises NotFound for another party, InvalidState for one that is
    suspended or has too many open pages.
    """
    check_partner(uow, party, party_id)
    refuse_too_many_pages(uow, party, party_id)
    return issue_link(uow, party, party_id, expires_at=uow.ctx.now + timedelta(seconds=lasts_seconds))
