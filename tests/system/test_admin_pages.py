"""The admin in a real browser: a person's day, and a page that stays live."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from apps.access.models import Application
from apps.inventory.models import StockItem
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.types import Role
from tests.support.api import TestTenant
from tests.support.dashboard import wait_for_tallies
from tests.support.people import PASSWORD, make_person
from tests.support.processes import child, live_api
from tests.support.stock import Given, Item, relay


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Serve the real thing, with the processes that a person's browser meets."""
    with live_api() as url:
        yield url


@pytest.fixture
def item(tenant: TestTenant) -> Item:
    """Return something to look at, in the log already."""
    item = Given(tenant).stocked(20)
    relay()
    return item


@pytest.fixture
def desk(page: Page, base: str, tenant: TestTenant, item: Item, complaints: list[str]) -> Page:
    """Sign a tenant administrator in and return the browser's page, which is the dashboard."""
    person = make_person(tenant.row, role=Role.TENANT_ADMIN)
    page.goto(f"{base}/admin/")
    page.fill("[name=username]", person.username)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page).to_have_url(f"{base}/admin/")
    return page


def item_page(base: str, tenant: TestTenant) -> str:
    with as_tenant(tenant.id):
        return f"{base}/admin/inventory/stockitem/{StockItem.objects.get(tenant_id=tenant.id).pk}/change/"


def client_page(base: str, tenant: TestTenant) -> str:
    pk = Application.objects.get(client_id=tenant.operator.credentials.client_id).pk
    return f"{base}/admin/access/application/{pk}/change/"


def post_over_http(page: Page, base: str, item: Item, kind: str, quantity: int, **members: Any) -> int:
    """Post a movement as a machine does, to the server that the browser looks at; returns the status."""
    answer = page.request.post(
        f"{base}{item.path}",
        headers={"Authorization": f"Bearer {item.tenant.operator.token}", "Idempotency-Key": str(uuid4())},
        data={"type": kind, "quantity": quantity, **members},
    )
    return answer.status


def test_a_person_adjusts_stock_with_a_reason_and_sees_it_in_the_ledger(
    desk: Page, base: str, tenant: TestTenant, item: Item, complaints: list[str]
) -> None:
    desk.goto(item_page(base, tenant))
    desk.get_by_role("link", name="Adjust stock").click()
    expect(desk.get_by_label("Where")).to_contain_text("W1, on hand 20")
    desk.get_by_label("Change of on hand").fill("-4")
    desk.get_by_role("button", name="Book the adjustment").click()
    # Without a reason nothing happens, and what was typed stays.
    expect(desk.get_by_text("This field is required.")).to_be_visible()
    expect(desk.get_by_label("Change of on hand")).to_have_value("-4")
    assert [re.findall(r"status of (\d+)", line) for line in complaints] == [["422"]]
    complaints.clear()
    desk.get_by_label("Reason").fill("four jars broke")
    desk.get_by_role("button", name="Book the adjustment").click()
    expect(desk.get_by_text("Booked -4. On hand is 16.")).to_be_visible()
    desk.get_by_role("link", name="All entries of this item").click()
    expect(desk.locator("#result_list tbody tr").first).to_contain_text("four jars broke")
    assert item.balances == (16, 0, 0, 16)


def test_a_double_click_books_once(desk: Page, base: str, tenant: TestTenant, item: Item) -> None:
    desk.goto(item_page(base, tenant).replace("change/", "adjust-stock/"))
    desk.get_by_label("Change of on hand").fill("5")
    desk.get_by_label("Reason").fill("found")
    desk.get_by_role("button", name="Book the adjustment").dblclick()
    expect(desk.get_by_text("Booked +5. On hand is 25.")).to_be_visible()
    assert item.balances == (25, 0, 0, 25)


def test_a_rotated_secret_is_seen_once_and_works(desk: Page, base: str, tenant: TestTenant) -> None:
    desk.goto(client_page(base, tenant))
    desk.get_by_role("link", name="Rotate secret").click()
    desk.get_by_role("button", name="Rotate the secret").click()
    secret = desk.locator("code").nth(1).inner_text()
    assert len(secret) == 128
    tokens = desk.request.post(
        f"{base}/oauth/token",
        form={
            "grant_type": "client_credentials",
            "scope": "products:read",
            "client_id": tenant.operator.credentials.client_id,
            "client_secret": secret,
        },
    )
    assert tokens.status == 200
    desk.get_by_role("link", name="I have stored it").click()
    expect(desk).to_have_url(re.compile(r"/access/application/\d+/change/$"))
    assert secret not in desk.content()
    desk.goto(client_page(base, tenant))
    assert secret not in desk.content()


def test_a_suspended_client_is_told_so(desk: Page, base: str, tenant: TestTenant) -> None:
    desk.goto(client_page(base, tenant))
    desk.get_by_role("link", name="Suspend").click()
    desk.get_by_role("button", name="Suspend the client").click()
    expect(desk.get_by_text("its tokens have stopped")).to_be_visible()
    expect(desk.get_by_role("link", name="Reactivate")).to_be_visible()
    expect(desk.get_by_role("link", name="Suspend")).to_have_count(0)


def test_a_movement_over_the_api_appears_on_an_open_dashboard(desk: Page, base: str, item: Item) -> None:
    # The whole road: the API's process, the relay in the dispatcher's, the feed, the page; no reload.
    with child(["python", "manage.py", "dispatch"], name="dispatch"):
        expect(desk.locator("[data-live]")).to_have_text("Live")
        expect(desk.locator("#changes li")).to_have_count(2)  # the product, and its receipt
        desk.evaluate("window.sameDocument = true")
        assert post_over_http(desk, base, item, "sale", 7, reference="ORD77") == 201
        newest = desk.locator("#changes li").first
        expect(newest).to_contain_text("-7 on hand, now 13", timeout=15_000)
        expect(newest).to_contain_text("S1 / P1")
        expect(newest).to_contain_text("sale ORD77 · W1")
        expect(desk.locator('[data-figure="Movements in the last hour"]')).to_have_text("2", timeout=15_000)
        drawn = "Chart.getChart(document.querySelector('#movements-chart canvas')).data.datasets.map((d) => d.label)"
        assert sorted(desk.evaluate(drawn)) == ["receipt", "sale"]
        assert desk.evaluate("window.sameDocument") is True


def test_the_dashboard_says_when_it_is_not_live_and_recovers(page: Page, desk: Page, complaints: list[str]) -> None:
    expect(desk.locator("[data-live]")).to_have_text("Live")
    desk.route("**/admin/dashboard/feed*", lambda route: route.abort())
    expect(desk.locator("[data-live]")).to_have_text("Not live, trying again")
    desk.unroute("**/admin/dashboard/feed*")
    expect(desk.locator("[data-live]")).to_have_text("Live", timeout=15_000)
    # The browser says itself that its requests failed: those, and nothing else.
    assert {line for line in complaints if "ERR_FAILED" not in line} == set()
    complaints.clear()


def test_charts_have_axes_a_legend_and_their_numbers_as_a_table(desk: Page) -> None:
    expect(desk.locator("[data-live]")).to_have_text("Live")
    axes = desk.evaluate("""() => {
        const scales = Chart.getChart(document.querySelector('#movements-chart canvas')).options.scales;
        return [scales.x.title.text, scales.y.title.text, scales.x.title.display, scales.y.title.display];
    }""")
    assert axes == ["Hour (UTC)", "Entries", True, True]
    desk.locator("#movements-details summary").click()
    rows = desk.locator("#movements-details tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first.locator("td")).to_have_text(["1"])
    expect(desk.get_by_role("img", name="Movements per hour: a bar chart.")).to_be_visible()
    expect(desk.get_by_text("Nothing was sent in the last 24 hours.")).to_be_visible()
    expect(desk.locator("#deliveries-chart")).to_be_hidden()


@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_and_the_browser_has_nothing_to_complain_of(
    desk: Page, base: str, tenant: TestTenant, width: int, scheme: Any
) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    desk.emulate_media(color_scheme=scheme)
    hook = tenant.operator.post("/v1/webhooks", {"url": "https://127.0.0.1:8443/", "eventTypes": ["*"]}).json
    webhook = f"{base}/admin/webhooks/webhook/{hook['webhookId'].replace('_', '_5F')}/change/"
    pages = [f"{base}/admin/", item_page(base, tenant), client_page(base, tenant), webhook]
    pages += [each.replace("change/", "adjust-stock/") for each in pages[1:2]]
    pages += [f"{base}/admin/{path}/" for path in ("transactions/stocktransaction", "access/application")]
    for url in pages:
        desk.goto(url)
        expect(desk.locator("h1").first).to_be_visible()
        wide = desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        broad = "[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.className)"
        assert wide <= 0, (url, desk.evaluate(broad))
        assert desk.evaluate("document.documentElement.classList.contains('dark')") is (scheme == "dark")


def test_on_a_phone_a_card_shows_the_whole_id_and_the_header_the_page(desk: Page, base: str) -> None:
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto(f"{base}/admin/access/application/")
    expect(desk.locator("#header-inner h1")).to_have_text(re.compile("Applications"))
    assert desk.locator("#header-inner h1").inner_text().split() == ["Applications"]
    cut = "cells => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent)"
    assert desk.locator(".result-list td, .result-list th").evaluate_all(cut) == []


def test_on_a_desk_no_day_is_broken_and_the_refusals_need_no_scrolling(desk: Page, base: str, item: Item) -> None:
    desk.set_viewport_size({"width": 1280, "height": 900})
    desk.goto(f"{base}/admin/access/application/")
    lines = "cells => cells.map((cell) => { const r = document.createRange(); r.selectNodeContents(cell); return r.getClientRects().length })"
    moments = desk.locator(".result-list td.field-created").evaluate_all(lines)
    assert moments
    assert max(moments) <= 2
    assert item.post("sale", 99).status == 409
    wait_for_tallies(item.tenant, {("postMovement", "insufficient_stock"): 1})
    desk.goto(f"{base}/admin/")
    table = desk.locator("[data-swap='refusals-rows'] .dashboard-scroll")
    expect(table).to_contain_text("insufficient_stock")
    assert table.evaluate("box => box.scrollWidth - box.clientWidth") == 0
