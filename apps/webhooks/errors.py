from apps.webhooks.types import WhyClosed


class PageClosed(Exception):
    """A partner's page that does not open. No refusal of /v1: the pages alone say it, to a person."""

    def __init__(self, why: WhyClosed) -> None:
        super().__init__(why.value)
        self.why = why
