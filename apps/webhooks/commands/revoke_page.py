from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.webhooks.domain.page_links import lock_page
from apps.webhooks.queries import page_facts_of
from apps.webhooks.types import PageFacts


@use_case(PageFacts)
def revoke_page(uow: UnitOfWork, page_id: str) -> PageFacts:
    """End a page for everybody who has its link or is on it; ended again, it ended the first time.

    Raises NotFound where it is absent or invisible.
    """
    row = lock_page(uow, page_id)
    row.revoked_at = row.revoked_at or uow.ctx.now
    row.save(update_fields=["revoked_at"])
    return page_facts_of(row)
