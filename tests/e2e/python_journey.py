"""A partner's program on the client that `openapi-python-client` generates from the document.

What stands between `# guide` and `# end` is quoted by docs/guides/clients.md, and a test holds the two together.
"""

# guide: token
from uuid import uuid4

import httpx
from stockwire_client import AuthenticatedClient
from stockwire_client.api.inventory import change_inventory_item, get_inventory_item, list_inventory, post_movement
from stockwire_client.api.webhooks import create_webhook
from stockwire_client.models import (
    EventType,
    InventoryUpdatedEvent,
    ItemPatch,
    ItemView,
    MovementView,
    OfferedItemView,
    Problem,
    Receipt,
    ReservationBody,
    WebhookCreate,
)


def connect(base: str, client_id: str, client_secret: str, scope: str) -> AuthenticatedClient:
    grant = {"grant_type": "client_credentials", "scope": scope}
    answer = httpx.post(f"{base}/oauth/token", data=grant, auth=(client_id, client_secret)).raise_for_status()
    return AuthenticatedClient(base, token=answer.json()["access_token"], raise_on_unexpected_status=True)


# end
SCOPE = "inventory:read inventory:write"


def subscribe(supplier: AuthenticatedClient, url: str) -> str:
    """Return the new webhook's secret."""
    body = WebhookCreate(url=url, event_types=[EventType.INVENTORY_UPDATED])
    secret: str = create_webhook.sync(client=supplier, body=body).secret
    return secret


def receive_stock(supplier: AuthenticatedClient, product: str, quantity: int) -> MovementView:
    """Post a receipt as the supplier."""
    # guide: post
    posted = post_movement.sync(
        "SUP123",
        product,
        client=supplier,
        body=Receipt(type_="receipt", quantity=quantity, warehouse_location="Warehouse_A"),
        idempotency_key=str(uuid4()),
    )
    # end
    return posted


def read_event(payload: dict[str, object]) -> InventoryUpdatedEvent:
    """Return a delivered event, whose signature was verified, as the client's own type."""
    # guide: event
    return InventoryUpdatedEvent.from_dict(payload)
    # end


def read_as(client: AuthenticatedClient) -> ItemView | OfferedItemView:
    """Read the item as the client's party sees it."""
    return get_inventory_item.sync("SUP123", "HOTSAUCE789", client=client)


def reserve(retailer: AuthenticatedClient, quantity: int, key: str) -> tuple[MovementView | Problem, dict[str, str]]:
    """Reserve as the retail partner; a refusal comes back as a Problem."""
    body = ReservationBody(type_="reservation", quantity=quantity, reference="BASKET-1")
    answer = post_movement.sync_detailed("SUP123", "HOTSAUCE789", client=retailer, body=body, idempotency_key=key)
    return answer.parsed, dict(answer.headers)


def why_refused(retailer: AuthenticatedClient) -> str:
    """Ask for more than there is and return what the refusal says."""
    # guide: refused
    answer, _ = reserve(retailer, 5000, str(uuid4()))
    if isinstance(answer, Problem) and answer.code == "insufficient_stock":
        return f"only {answer.available} of {answer.requested}"
    # end
    raise AssertionError(answer)


def every_item(client: AuthenticatedClient) -> list[ItemView | OfferedItemView]:
    """Read a whole list, one row a page."""
    # guide: pages
    page = list_inventory.sync(client=client, page_size=1)
    items: list[ItemView | OfferedItemView] = page.data
    while page.next_page_token:
        page = list_inventory.sync(client=client, page_size=1, page_token=page.next_page_token)
        items += page.data
    # end
    return items


def set_threshold(supplier: AuthenticatedClient, threshold: int, etag: str) -> ItemView | Problem:
    """Change the item, if it still is what the supplier read."""
    # guide: patch
    changed = change_inventory_item.sync(
        "SUP123", "HOTSAUCE789", client=supplier, body=ItemPatch(reorder_threshold=threshold), if_match=etag
    )
    # end
    return changed


def etag_of(client: AuthenticatedClient) -> str:
    """Return the tag of the item as the client sees it."""
    etag: str = get_inventory_item.sync_detailed("SUP123", "HOTSAUCE789", client=client).headers["ETag"]
    return etag
