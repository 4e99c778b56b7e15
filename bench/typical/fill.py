"""Make the tables, the items, an access token and the webhooks: `python -m bench.typical.fill SINK_URL WEBHOOKS`.

Prints the token.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import django
from django.core.management import call_command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.typical.settings")
django.setup()

from oauth2_provider.models import AccessToken, Application  # noqa: E402 -- after Django's setup

from bench.bare.statement import OPENING, SKUS  # noqa: E402
from bench.typical.models import Item, Webhook  # noqa: E402


def fill(sink_url: str, webhooks: int) -> str:
    """Fill an empty database and return an access token for a day."""
    call_command("migrate", verbosity=0)
    Item.objects.bulk_create([Item(sku=f"SKU-{number:05}", on_hand=OPENING) for number in range(1, SKUS + 1)])
    Webhook.objects.bulk_create(
        [Webhook(url=f"{sink_url}/naive{number}", secret=uuid4().hex) for number in range(webhooks)]
    )
    application = Application.objects.create(
        name="bench",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )
    token = AccessToken.objects.create(
        application=application,
        token=uuid4().hex,
        scope="read write",
        expires=datetime.now(UTC) + timedelta(days=1),
    )
    return str(token.token)


if __name__ == "__main__":
    sys.stdout.write(fill(sys.argv[1], int(sys.argv[2])))
