"""Orders and returns in the admin: what a page shows, which step it offers, and what a step does."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.utils import quote
from django.test import Client

from apps.tenancy.types import Role
from tests.factories.master_data import make_warehouse
from tests.support.api import TestTenant
from tests.support.orders import Placed, order_body, packed, step
from tests.support.people import browser_of
from tests.support.stock import Given, Item, nothing_moves

_ORDERS, _RETURNS = "/admin/orders/order/", "/admin/orders/orderreturn/"


@pytest.fixture
def item(tenant: TestTenant) -> Item:
    """Return ten pieces, and a partner that may order them."""
    given = Given(tenant)
    given.agreement()
    return given.stocked(10)


@pytest.fixture
def browser(tenant: TestTenant) -> Client:
    """Return the browser of a stock operator."""
    return browser_of(tenant.row, Role.STOCK_OPERATOR)[1]


def _place(item: Item, code: str, quantity: int = 4, **members: Any) -> Placed:
    return Placed.placed(item.tenant, order_body(item, quantity, orderId=code, **members))


def _form(item: Item, **members: Any) -> dict[str, Any]:
    return {"key": str(uuid4()), "tenant": item.tenant.row.code, **members}


def _text(browser: Client, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200
    return page.content.decode()


def _offered(browser: Client, code: str) -> set[str]:
    path = f"{_ORDERS}{quote(code)}/"
    return set(re.findall(rf"{path}([a-z]+)-order/", _text(browser, f"{path}change/")))


def _rows(page: str) -> list[list[str]]:
    """The tables of a page: the text of each cell of each row."""
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    cells = [re.findall(r"<td.*?>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def test_a_page_shows_the_lines_with_what_is_held_and_what_waits(item: Item, browser: Client) -> None:
    price = {"amount": "3.20", "currencyCode": "USD"}
    _place(item, "O1", 14, line={"backorder": True, "price": price})
    page = _text(browser, f"{_ORDERS}O1/change/")
    assert ["P1", "14", "3.20 USD", "-", "10", "4", "0", "0", "0", "0", "0", "0"] in _rows(page)
    assert "Nothing of it came back." in page


def test_orders_are_filtered_and_searched(item: Item, browser: Client) -> None:
    _place(item, "O1", reference="PO-1")
    _place(item, "O2", type="sale", platform="shopify", platformOrderNumber="1001").done("cancel")
    for query, found in (
        ("", {"O1", "O2"}),
        ("?status__exact=cancelled", {"O2"}),
        ("?type__exact=replenishment", {"O1"}),
        ("?q=PO-1", {"O1"}),
        ("?q=1001", {"O2"}),
        ("?q=R1", {"O1", "O2"}),
        ("?q=NOTHING", set()),
    ):
        page = _text(browser, f"{_ORDERS}{query}")
        assert set(re.findall(rf"{_ORDERS}(O\d)/change/", page)) == found, query


def test_a_page_offers_the_steps_that_are_left(item: Item, browser: Client) -> None:
    order = _place(item, "O1")
    assert _offered(browser, "O1") == {"confirm", "cancel"}
    order.done("confirm")
    assert _offered(browser, "O1") == {"cancel"}
    order.shipped(4)
    assert _offered(browser, "O1") == set()
    unnamed = Placed.placed(item.tenant, order_body(item, 1))
    assert _offered(browser, unnamed.code) == {"confirm", "cancel"}


def test_confirming_and_cancelling_go_through_the_commands(item: Item, browser: Client) -> None:
    order = _place(item, "O1")
    confirmed = browser.post(f"{_ORDERS}O1/confirm-order/", _form(item), follow=True)
    assert "O1 is confirmed." in confirmed.content.decode()
    assert (order.status, order.sums) == ("confirmed", {"confirmed": 4, "reserved": 4})
    again = browser.post(f"{_ORDERS}O1/confirm-order/", _form(item))
    assert (again.status_code, "It is confirmed." in again.content.decode()) == (409, True)
    form = _form(item, reason="The shop is closed")
    cancelled = browser.post(f"{_ORDERS}O1/cancel-order/", form, follow=True)
    assert "O1 is cancelled." in cancelled.content.decode()
    now = order.get().json
    assert (now["status"], now["cancelReason"], item.balances) == ("cancelled", "The shop is closed", (10, 0, 0, 10))
    with nothing_moves(item.tenant):
        repeated = browser.post(f"{_ORDERS}O1/cancel-order/", form, follow=True)
        assert "O1 is cancelled." in repeated.content.decode()


def test_a_return_shows_what_came_back(item: Item, browser: Client) -> None:
    order = _place(item, "O1")
    order.done("confirm")
    order.shipped(4)
    order.came_back(1, returnId="RET1", line={"reason": "Leaks", "condition": "defective", "disposition": "scrap"})
    assert ["P1", "-", "1", "Leaks", "defective", "scrap"] in _rows(_text(browser, f"{_RETURNS}RET1/change/"))
    assert "RET1" in _text(browser, f"{_ORDERS}O1/change/")
    assert "RET1" in _text(browser, f"{_RETURNS}?q=O1")
    assert browser.post(f"{_RETURNS}RET1/change/", {"type": "warrantyClaim"}).status_code == 403


def test_a_shipment_shows_what_is_packed_and_what_became_of_it(item: Item, browser: Client) -> None:
    make_warehouse(item.tenant, "WR1", owner={"type": "retailPartner", "id": "R1"})
    order = _place(item, "O1", deliveryWarehouse="WR1")
    order.done("confirm")
    shipment = packed(order, ("P1", 4), shipmentId="S-1", trackingNumber="1Z9")
    step(item.tenant, shipment, "dispatch")
    order.done("receive", {"items": [{"productId": "P1", "received": 2, "damaged": 1}]})
    page = _rows(_text(browser, "/admin/shipments/shipment/S-1/change/"))
    assert ["1", "-", "P1", "-", "4"] in page
    assert ["P1", "-", "4", "2", "1", "0", "0", "1"] in page
    assert "S-1" in _text(browser, "/admin/shipments/shipment/?q=1Z9")
    (found,) = item.tenant.operator.get("/v1/discrepancies").json["data"]
    assert found["discrepancyId"] in _text(browser, "/admin/shipments/discrepancy/?q=S-1")
