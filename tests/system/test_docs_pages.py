"""The pages about the API in a real browser: they work, offline, under a policy that nothing on them breaks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from tests.support.api import ApiClient, TestTenant
from tests.support.live import LiveShop, furnished
from tests.support.processes import live_api
from tests.support.stock import Item

_ITEM = "/v1/inventory/SUP123/HOTSAUCE789"

_IS_AT_ITS_END = "scrollY + innerHeight >= document.documentElement.scrollHeight - 1"
_TWO_FRAMES = "new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


@dataclass(slots=True)
class Watch:
    """What the browser complained of, and what it asked for."""

    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def hosts(self) -> set[str]:
        return {
            "/".join(sent.url.split("/")[:3]) for sent in self.requests if not sent.url.startswith(("data:", "blob:"))
        }


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Serve the API and its pages."""
    with live_api(workers=2) as url:
        yield url


@pytest.fixture
def shop(base: str, tenant: TestTenant) -> LiveShop:
    """Return a shop with 500 sauces."""
    shop = furnished(tenant, base)
    Item(tenant, "SUP123", "HOTSAUCE789").posted("receipt", 500, warehouseLocation="Warehouse_A")
    return shop


@pytest.fixture
def watch(page: Page) -> Watch:
    """Watch the page from its beginning."""
    watching = Watch()
    page.on(
        "console", lambda said: watching.complaints.append(said.text) if said.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: watching.complaints.append(str(error)))
    page.on("requestfailed", lambda sent: watching.complaints.append(f"failed: {sent.url}"))
    page.on("request", lambda sent: watching.requests.append(sent))  # noqa: PLW0108 -- a method of list has no name
    page.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('violation: ' + e.violatedDirective))"
    )
    return watching


def test_authorize_then_read_and_reserve_twice(page: Page, shop: LiveShop, watch: Watch) -> None:
    page.goto(f"{shop.base}/docs")
    _authorize(page, shop.retailer)

    read = _operation(page, "getInventoryItem")
    _execute(read)
    expect(read.locator(".live-responses-table tr.response .response-col_status").first).to_contain_text("200")

    post = _operation(page, "postMovement")
    post.locator("textarea.body-param__text").fill('{"type": "reservation", "quantity": 5}')
    for _ in range(2):
        with page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.url.endswith(_ITEM)
        ) as held:
            _execute(post)
        assert held.value.status == 201
    expect(post.locator(".live-responses-table tr.response .response-col_status").first).to_contain_text("201")

    keys = [
        sent.headers["idempotency-key"] for sent in watch.requests if sent.method == "POST" and sent.url.endswith(_ITEM)
    ]
    assert len({UUID(key) for key in keys}) == 2
    _assert_quiet(watch, shop.base)


def test_a_key_that_somebody_typed_is_kept(page: Page, shop: LiveShop, watch: Watch) -> None:
    page.goto(f"{shop.base}/docs")
    _authorize(page, shop.retailer)
    post = _operation(page, "postMovement")
    post.locator("textarea.body-param__text").fill('{"type": "reservation", "quantity": 5}')
    post.locator("tr[data-param-name='Idempotency-Key'] input").fill("mine")
    for replayed in (None, "true"):
        with page.expect_response(
            lambda answer: answer.request.method == "POST" and answer.url.endswith(_ITEM)
        ) as held:
            _execute(post)
        assert held.value.request.headers["idempotency-key"] == "mine"
        assert held.value.headers.get("idempotent-replayed") == replayed
    _assert_quiet(watch, shop.base)


def test_a_link_to_an_operation_opens_it(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/docs#/Orders/cancelOrder")
    expect(page.locator("#operations-Orders-cancelOrder.is-open")).to_be_in_viewport()
    _assert_quiet(watch, base)


def test_redoc_shows_every_operation(page: Page, base: str, watch: Watch) -> None:
    page.goto(f"{base}/redoc")
    # Not `expect`: each time that it fails it tells the names of all of the page's 100,000 elements, for 20 seconds.
    page.locator("h2", has_text="Post a stock movement").first.wait_for(state="attached")
    page.locator("h2", has_text="Receive inventory.updated").first.wait_for(state="attached")
    page.get_by_placeholder("Search...").fill("reservation")
    page.locator("[data-role='search:results'] li").first.wait_for()
    _assert_quiet(watch, base)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/problems", "/problems/insufficient-stock"])
def test_the_page_fits_its_window_and_leads_to_the_others(page: Page, base: str, watch: Watch, path: str) -> None:
    page.goto(f"{base}{path}", wait_until="networkidle")
    links = {link.get_attribute("href") for link in page.locator("nav a").all()}
    assert {"/docs", "/redoc", "/problems"} - {path} <= links
    for width in (390, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(_TWO_FRAMES)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        tops = {link.bounding_box()["y"] for link in page.locator("nav a").all() if link.is_visible()}  # type: ignore[index]
        assert len(tops) == 1, "the links stand on one line"
    _assert_quiet(watch, base)


def _authorize(page: Page, client: ApiClient) -> None:
    page.locator("button.authorize").first.click()
    form = page.locator(".auth-container")
    form.locator("input[name='clientId'], #client_id_clientCredentials, input[data-name='clientId']").first.fill(
        client.credentials.client_id
    )
    form.locator("#client_secret_clientCredentials, input[data-name='clientSecret']").first.fill(
        client.credentials.client_secret
    )
    form.get_by_role("button", name="Apply given OAuth2 credentials").click()
    expect(form.get_by_role("button", name="Remove authorization")).to_be_visible()
    page.locator(".auth-btn-wrapper .btn-done").click()


def _operation(page: Page, operation_id: str) -> Locator:
    """Open an operation. The page holds only those near its window: scroll down to the others, as a reader does."""
    expect(page.locator(".opblock").first).to_be_visible()
    operation = page.locator(f"#operations-Inventory-{operation_id}")
    while not operation.count():
        assert not page.evaluate(_IS_AT_ITS_END), f"{operation_id} is nowhere on the page"
        page.mouse.wheel(0, 300)
        page.evaluate(_TWO_FRAMES)
    operation.locator(".opblock-summary-control").click()
    return operation


def _execute(operation: Locator) -> None:
    operation.locator("button.execute").click()


def _assert_quiet(watch: Watch, base: str) -> None:
    assert watch.complaints == []
    assert watch.hosts() == {base}
