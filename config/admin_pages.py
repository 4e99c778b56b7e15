"""The admin's look and its sidebar: which pages there are, in which group, and who sees them."""

from typing import Any

from django.urls import reverse_lazy


def _pages(title: str, *pages: tuple[str, str, str], collapsible: bool = False) -> dict[str, Any]:
    """Return a group of the admin's sidebar; a page is its title, its icon and its model."""
    return {
        "title": title,
        "separator": True,
        "collapsible": collapsible,
        "items": [
            {
                "title": name,
                "icon": icon,
                "link": reverse_lazy(f"admin:{model}_changelist"),
                "permission": "apps.tenancy.admin.is_member",
            }
            for name, icon, model in pages
        ],
    }


ADMIN_PAGES = {
    "SITE_TITLE": "Stockwire",
    "SITE_HEADER": "Stockwire",
    "SITE_SUBHEADER": "Inventory",
    "SITE_SYMBOL": "inventory_2",
    "SITE_URL": "/docs",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/core/favicon.svg"}],
    "STYLES": ["/static/core/admin.css"],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "GLOBAL_CALLBACK": "apps.tenancy.admin.header",
    "DASHBOARD_CALLBACK": "apps.insights.admin.dashboard",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {"items": [{"title": "Dashboard", "icon": "dashboard", "link": reverse_lazy("admin:index")}]},
            _pages(
                "Stock",
                ("Items", "inventory_2", "inventory_stockitem"),
                ("Levels", "shelves", "inventory_stocklevel"),
                ("Reservations", "bookmark", "inventory_reservation"),
                ("Transfers", "local_shipping", "inventory_transfer"),
                ("Pools", "pie_chart", "inventory_allocation"),
                ("Counts", "checklist", "inventory_count"),
                ("Reviews", "rule", "inventory_review"),
                ("Batches", "qr_code_2", "inventory_batch"),
                ("Warehouses", "warehouse", "inventory_warehouse"),
            ),
            _pages(
                "Catalogue",
                ("Products", "category", "products_product"),
                ("Groups", "style", "products_productgroup"),
                ("Packaging", "package_2", "products_packaging"),
                ("Vehicles", "directions_car", "products_compatibility"),
                ("Certificates", "verified", "products_certification"),
                ("Prices", "sell", "products_price"),
                ("Order rules", "rule", "products_orderrule"),
                ("Own codes", "barcode", "products_skumapping"),
                ("Parked movements", "pause_circle", "inventory_parkedmovement"),
                ("Field mappings", "swap_horiz", "products_fieldmapping"),
            ),
            _pages(
                "Trade",
                ("Orders", "shopping_cart", "orders_order"),
                ("Shipments", "local_shipping", "shipments_shipment"),
                ("Discrepancies", "difference", "shipments_discrepancy"),
                ("Returns", "assignment_return", "orders_orderreturn"),
            ),
            _pages(
                "Ledger",
                ("Ledger entries", "receipt_long", "transactions_stocktransaction"),
                ("Events", "bolt", "outbox_loggedeventrow"),
                ("Integrity reports", "fact_check", "inventory_integrityreport"),
            ),
            _pages(
                "Partners",
                ("Suppliers", "factory", "suppliers_supplier"),
                ("Retail partners", "storefront", "retail_partners_retailpartner"),
                ("Supply agreements", "handshake", "retail_partners_supplyagreement"),
            ),
            _pages(
                "Delivery",
                ("Webhooks", "webhook", "webhooks_webhook"),
                ("Waiting deliveries", "outbox", "webhooks_delivery"),
                ("Attempts", "history", "webhooks_attempt"),
                ("Endpoint health", "monitor_heart", "webhooks_lane"),
                ("Partner pages", "link", "webhooks_pagelink"),
            ),
            _pages(
                "Access",
                ("Clients", "key", "access_application"),
                ("Tokens", "token", "oauth2_provider_accesstoken"),
                ("Refusals", "block", "insights_refusaltally"),
            ),
            {
                "title": "People",
                "separator": True,
                "items": [
                    {
                        "title": name,
                        "icon": icon,
                        "link": reverse_lazy(f"admin:tenancy_{model}_changelist"),
                        "permission": "apps.tenancy.admin.sees_people",
                    }
                    for name, icon, model in (
                        ("People", "group", "user"),
                        ("Roles", "badge", "membership"),
                        ("Tenants", "domain", "tenant"),
                    )
                ],
            },
            _pages(
                "Behind the scenes",
                ("Outbox", "outgoing_mail", "outbox_outboxmessage"),
                ("Feed heads", "start", "outbox_feedhead"),
                ("Feed days", "calendar_month", "outbox_feedday"),
                ("Idempotency keys", "fingerprint", "outbox_idempotencyrecord"),
                ("Reserved items", "format_list_bulleted", "inventory_reservationitem"),
                ("Reservation lines", "format_list_bulleted", "inventory_reservationline"),
                ("Arrivals", "move_to_inbox", "inventory_arrival"),
                ("Lines of transfers", "format_list_bulleted", "inventory_transferline"),
                ("Parcels of transfers", "package_2", "inventory_transferparcel"),
                ("Lines of orders", "format_list_bulleted", "orders_orderline"),
                ("Lines of returns", "format_list_bulleted", "orders_orderreturnline"),
                ("Count lines", "format_list_numbered", "inventory_countline"),
                ("Conflict policies", "balance", "inventory_conflictpolicy"),
                ("Retired codes", "delete_history", "tenancy_retiredcode"),
                collapsible=True,
            ),
        ],
    },
}
