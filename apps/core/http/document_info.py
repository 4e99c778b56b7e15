"""What the document says before its first operation: the manners that all operations share."""

from typing import Any

INFO: dict[str, Any] = {
    "title": "Stockwire",
    "summary": "One truth about stock, shared by brand owners, suppliers and retail partners.",
    "description": """\
Suppliers post stock, retail partners read and reserve it, and every change reaches subscribers as a signed webhook.

**Authenticate** with OAuth 2.0 client credentials: `POST /oauth/token` with `grant_type=client_credentials` and the
scopes that you need, then send `Authorization: Bearer …`. A token lives for 15 minutes. A client belongs to one party
of one tenant (its staff, a supplier, a retail partner); what that party may not see answers exactly like what does not
exist.

**Repeat safely.** Send an `Idempotency-Key` of your own, such as a UUID, with every write; movements of stock need one.
The same key with the same request answers the same again, with `Idempotent-Replayed: true`, and changes nothing more;
with another request it answers 422. Keys are kept for 72 hours.

**Change what you read.** A resource has a `version`, which its `ETag` begins with. PUT, PATCH and DELETE name it in
`If-Match` (stale: 412) or as `version` (stale: 409); without either they answer 428. Reads take `If-None-Match`.

**Page lists** with `pageSize` and `pageToken`; `nextPageToken` and the `Link` header lead on, and null ends the list.
Filters are named like fields, with `.gte` and `.lt` for ranges and commas for sets.

**Errors** are problem details (RFC 9457) for every status of 400 and above. Branch on `code`; `errors` points to the
places that are wrong, further members are facts such as `available` or `currentVersion`, and `type` leads to a page
that says what to do. Unknown fields and parameters are refused, never ignored.

**Events** are sent at least once to the webhooks that you create, signed by the Standard Webhooks scheme and shaped
like CloudEvents; `sequence` tells an old one from a new one. `GET /v1/inventory/changes` has every
`inventory.updated` as a feed, and `GET /v1/events` every event.

**Live**, `GET /v1/events/stream` tells events as they happen, as Server-Sent Events (`text/event-stream`). Scopes and
filters are those of `listEvents`; `id` is its cursor, `event` the type and `data` what a webhook is sent. Come back
with `Last-Event-ID`, or `cursor`, and nothing is missing and nothing comes twice. The stream, and lists with `wait`,
may have an address of their own: another one answers 421 with the right `address`.

**Versions.** `/v1` only grows: answers may gain fields and values, so ignore what you do not know.
""",
    "version": "1",
    "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
}
EXTERNAL_DOCS = {"url": "/problems", "description": "Every problem code, and what to do about it"}
TAGS: dict[str, str] = {
    "Inventory": "What is in stock, and the movements that change it: one item per supplier and product.",
    "Orders": "What retail partners want of suppliers, and what was sold: stock is held for it, or waited for.",
    "Shipments": "What leaves for an order and what arrives of it, and where the two parties differ.",
    "Reservations": "Leases: stock of one or several items held for somebody, until committed, released or lapsed.",
    "Transfers": "Stock on its way from one warehouse to another.",
    "Allocations": "Pools: shares of an item that are guaranteed to a retail partner or to a channel.",
    "Batches": "Batches: held and let go wherever they lie, and traced to everybody who got of them.",
    "Counts": "Stock counts of a warehouse: differences are looked at, and then booked all at once.",
    "Reviews": "Feeds that contradict each other: which is believed, and what was not.",
    "Transactions": "The ledger: every booking, never changed and never deleted.",
    "Products": "The catalogue that stock is counted in.",
    "Prices": "What products cost, to whom, where and when, and which price applies.",
    "SKU mappings": "A party's own codes of products, and movements that came under codes which are not mapped yet.",
    "Field mappings": "What a party calls the members of our documents.",
    "Order rules": "Which quantities of a product may be ordered.",
    "Suppliers": "Who makes and delivers the products.",
    "Retail partners": "Who sells them on.",
    "Supply agreements": "Which retail partner may see and reserve which supplier's stock.",
    "Warehouses": "Where stock lies; other operations call one `warehouseLocation`.",
    "Webhooks": "Where events are sent, and what became of them.",
    "Events": "What happened, as a webhook receives it: the list of all events, and what is sent.",
}
