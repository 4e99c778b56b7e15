from apps.outbox.unit_of_work import UnitOfWork, use_case
from apps.webhooks.domain.page_links import lock_page
from apps.webhooks.queries import page_facts_of
from apps.webhooks.types import PageFacts


@use_case(PageFacts)
def open_page(uow: UnitOfWork, page_id: str) -> PageFacts:
    """Note that a page's link was followed, for whoever wonders if it was."""
    row = lock_page(uow, page_id)
    row.opened_at = uow.ctx.now
    row.save(update_fields=["opened_at"])
    return page_facts_of(row)
