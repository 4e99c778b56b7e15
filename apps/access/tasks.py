from celery import shared_task
from oauth2_provider.models import clear_expired


@shared_task(name="access.clear_expired_tokens")
def clear_expired_tokens() -> None:
    """Delete tokens that expired; client credentials would otherwise grow without bound."""
    clear_expired()
