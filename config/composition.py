"""Who consumes what: the one place that knows every app."""

from typing import Any

from config.env import ENV

# Readers of the event log. Each is called by the relay, in the relay's transaction, with the positions just assigned.
EVENT_CONSUMERS: tuple[str, ...] = ("apps.webhooks.domain.fan_out.fan_out",)
# Whom a client may act for, by kind of party (apps.access.parties).
CLIENT_PARTIES: dict[str, str] = {
    "supplier": "suppliers.Supplier",
    "retailPartner": "retail_partners.RetailPartner",
}
# What a party's own codes of products stand for (apps.access.api.own_codes).
OWN_PRODUCT_CODES = "apps.products.queries.sku_mappings.own_codes"
# Gauges of /metrics that stand in the database (apps.core.http.metrics.Reader).
METRIC_SOURCES: tuple[str, ...] = (
    "apps.outbox.backlog.read_backlog",
    "apps.outbox.backlog.read_partitions",
    "apps.webhooks.domain.backlog.read_backlog",
    "apps.inventory.queries.integrity.read_gauges",
    "apps.inventory.queries.open_reviews.read_open_reviews",
)
# What an event's `data` is to one reader (apps.outbox.types.EventRenderer): the function that serves GET serves
# webhooks, feed and stream too.
EVENT_RENDERERS: dict[str, str] = {
    "webhook.test": "apps.webhooks.api.events.render_tests",
    "webhook.failing": "apps.webhooks.api.events.render_troubles",
    "webhook.disabled": "apps.webhooks.api.events.render_troubles",
    "inventory.updated": "apps.inventory.api.events.render_updates",
    "inventory.snapshot": "apps.inventory.api.events.render_snapshots",
    "batch.held": "apps.inventory.api.batch_events.render_batches",
    "batch.released": "apps.inventory.api.batch_events.render_batches",
    "inventory.low_stock": "apps.inventory.api.events.render_crossings",
    "inventory.out_of_stock": "apps.inventory.api.events.render_crossings",
    "inventory.back_in_stock": "apps.inventory.api.events.render_crossings",
    "inventory.expiring": "apps.inventory.api.events.render_expiring",
    "inventory.discrepancy": "apps.inventory.api.events.render_discrepancies",
    "reservation.created": "apps.inventory.api.reservation_events.render_reservations",
    "reservation.released": "apps.inventory.api.reservation_events.render_reservations",
    "reservation.expired": "apps.inventory.api.reservation_events.render_reservations",
    "reservation.committed": "apps.inventory.api.reservation_events.render_reservations",
    "reservation.displaced": "apps.inventory.api.reservation_events.render_reservations",
    "reservation.filled": "apps.inventory.api.reservation_events.render_reservations",
    **dict.fromkeys(
        ("transfer.shipped", "transfer.received", "transfer.cancelled"),
        "apps.inventory.api.transfer_events.render_transfers",
    ),
    **dict.fromkeys(
        ("order.placed", "order.confirmed", "order.updated", "order.cancelled", "order.shipped", "order.received"),
        "apps.orders.api.events.render_orders",
    ),
    "return.received": "apps.orders.api.events.render_returns",
    **dict.fromkeys(
        (
            "shipment.created",
            "shipment.updated",
            "shipment.dispatched",
            "shipment.delivered",
            "shipment.cancelled",
        ),
        "apps.shipments.api.events.render_shipments",
    ),
    **dict.fromkeys(("discrepancy.opened", "discrepancy.resolved"), "apps.shipments.api.events.render_discrepancies"),
    "product.created": "apps.products.api.events.render_products",
    "product.updated": "apps.products.api.events.render_products",
    "product.certification_expiring": "apps.products.api.events.render_certifications",
    "product.certification_expired": "apps.products.api.events.render_certifications",
}
# The resource whose read scope lets a token see an event in the list and in the stream, by the first word of its type.
EVENT_RESOURCES: dict[str, str] = {
    **dict.fromkeys(("inventory", "batch", "reservation", "transfer"), "inventory"),
    **dict.fromkeys(("order", "return"), "orders"),
    **dict.fromkeys(("shipment", "discrepancy"), "shipments"),
    "product": "products",
    "webhook": "webhooks",
}
EVENT_SCOPES: dict[str, str] = {
    event_type: f"{EVENT_RESOURCES[event_type.partition('.')[0]]}:read" for event_type in EVENT_RENDERERS
}
# What such an event is in the document (apps.core.http.event_views.EventView).
EVENT_VIEWS: dict[str, str] = {
    "webhook.test": "apps.webhooks.api.events.WebhookTestEvent",
    "webhook.failing": "apps.webhooks.api.events.WebhookFailingEvent",
    "webhook.disabled": "apps.webhooks.api.events.WebhookDisabledEvent",
    "inventory.updated": "apps.inventory.api.event_views.InventoryUpdatedEvent",
    "inventory.snapshot": "apps.inventory.api.event_views.InventorySnapshotEvent",
    "batch.held": "apps.inventory.api.batch_events.BatchHeldEvent",
    "batch.released": "apps.inventory.api.batch_events.BatchReleasedEvent",
    "inventory.low_stock": "apps.inventory.api.event_views.LowStockEvent",
    "inventory.out_of_stock": "apps.inventory.api.event_views.OutOfStockEvent",
    "inventory.back_in_stock": "apps.inventory.api.event_views.BackInStockEvent",
    "inventory.expiring": "apps.inventory.api.event_views.ExpiringEvent",
    "inventory.discrepancy": "apps.inventory.api.event_views.DiscrepancyEvent",
    "reservation.created": "apps.inventory.api.reservation_events.ReservationCreatedEvent",
    "reservation.released": "apps.inventory.api.reservation_events.ReservationReleasedEvent",
    "reservation.expired": "apps.inventory.api.reservation_events.ReservationExpiredEvent",
    "reservation.committed": "apps.inventory.api.reservation_events.ReservationCommittedEvent",
    "reservation.displaced": "apps.inventory.api.reservation_events.ReservationDisplacedEvent",
    "reservation.filled": "apps.inventory.api.reservation_events.ReservationFilledEvent",
    "transfer.shipped": "apps.inventory.api.transfer_events.TransferShippedEvent",
    "transfer.received": "apps.inventory.api.transfer_events.TransferReceivedEvent",
    "transfer.cancelled": "apps.inventory.api.transfer_events.TransferCancelledEvent",
    "order.placed": "apps.orders.api.events.OrderPlacedEvent",
    "order.confirmed": "apps.orders.api.events.OrderConfirmedEvent",
    "order.updated": "apps.orders.api.events.OrderUpdatedEvent",
    "order.cancelled": "apps.orders.api.events.OrderCancelledEvent",
    "order.shipped": "apps.orders.api.events.OrderShippedEvent",
    "order.received": "apps.orders.api.events.OrderReceivedEvent",
    "return.received": "apps.orders.api.events.ReturnReceivedEvent",
    "shipment.created": "apps.shipments.api.events.ShipmentCreatedEvent",
    "shipment.updated": "apps.shipments.api.events.ShipmentUpdatedEvent",
    "shipment.dispatched": "apps.shipments.api.events.ShipmentDispatchedEvent",
    "shipment.delivered": "apps.shipments.api.events.ShipmentDeliveredEvent",
    "shipment.cancelled": "apps.shipments.api.events.ShipmentCancelledEvent",
    "discrepancy.opened": "apps.shipments.api.events.DiscrepancyOpenedEvent",
    "discrepancy.resolved": "apps.shipments.api.events.DiscrepancyResolvedEvent",
    "product.created": "apps.products.api.events.ProductCreatedEvent",
    "product.updated": "apps.products.api.events.ProductUpdatedEvent",
    "product.certification_expiring": "apps.products.api.events.CertificationExpiringEvent",
    "product.certification_expired": "apps.products.api.events.CertificationExpiredEvent",
}
# Of what a webhook may have a snapshot (apps.webhooks.types.SnapshotSource).
SNAPSHOTS = "apps.inventory.queries.snapshots.visible_items"
# What the dashboard shows (apps.core.panels.PanelProvider): each app gives the panels of its own data.
PANELS: tuple[str, ...] = (
    "apps.inventory.queries.attention.stock_needing_attention",
    "apps.inventory.queries.open_reviews.values_to_review",
    "apps.transactions.queries.movements_per_hour",
    "apps.webhooks.queries.deliveries_per_hour",
    "apps.webhooks.queries.endpoints_in_trouble",
    "apps.insights.queries.refusals",
    "apps.inventory.queries.integrity.books",
)
_RESOURCES = {
    "suppliers": "suppliers",
    "retail_partners": "retail partners and supply agreements",
    "products": "products",
    "warehouses": "warehouses",
    "inventory": "stock",
    "transactions": "the stock ledger",
    "orders": "orders",
    "shipments": "shipments",
    "webhooks": "webhook subscriptions",
}
SCOPES: dict[str, str] = {
    f"{resource}:{action}": f"{verb} {label}"
    for resource, label in _RESOURCES.items()
    for action, verb in (("read", "Read"), ("write", "Change"))
} | {"events:read": "Read the event log and the live stream"}
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # `expires=1`: a beat that nobody picks up within its second is worthless, the next one is already due.
    "webhooks-keep-pumps-running": {
        "task": "webhooks.keep_pumps_running",
        "schedule": 1.0,
        "options": {"queue": "webhooks", "expires": 1},
    },
    "inventory-expire-reservations": {
        "task": "inventory.expire_reservations",
        "schedule": 5.0,
        "options": {"queue": "default", "expires": 5},
    },
    "inventory-fill-backorders": {
        "task": "inventory.fill_backorders",
        "schedule": 15.0,
        "options": {"queue": "default", "expires": 15},
    },
    "inventory-book-parked-movements": {
        "task": "inventory.book_parked_movements",
        "schedule": 5.0,
        "options": {"queue": "default", "expires": 5},
    },
    # A text is a crontab, which config.celery reads: nobody else needs Celery for it.
    "inventory-check-integrity": {
        "task": "inventory.check_integrity",
        "schedule": ENV.integrity_check_cron,
        "options": {"queue": "default", "expires": 3600},
    },
    "inventory-sweep-batches": {
        "task": "inventory.sweep_batches",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "products-sweep-certifications": {
        "task": "products.sweep_certifications",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "outbox-forget-idempotency-keys": {
        "task": "outbox.forget_idempotency_keys",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "outbox-keep-log": {
        "task": "outbox.keep_log",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "webhooks-keep-attempts": {
        "task": "webhooks.keep_attempts",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
    "access-clear-expired-tokens": {
        "task": "access.clear_expired_tokens",
        "schedule": 3600.0,
        "options": {"queue": "default", "expires": 600},
    },
}
