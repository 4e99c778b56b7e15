"""A partner's page in a real browser: from the link to a new secret, on a phone and on a desk, light and dark."""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.faults.webhooks.receiver import Receiver, receiving
from tests.support.api import TestTenant
from tests.support.partner_page import Partner
from tests.support.processes import child, live_api

# Where to leave pictures of the pages for whoever wants to look at them.
_PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """Serve the API and the pages, and deliver."""
    with live_api() as url, child(["python", "manage.py", "dispatch"], {"WEBHOOK_ALLOW_PRIVATE": "1"}, name="dispatch"):
        yield url


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Return the partner's receiver. Playwright's loop runs in this thread: the receiver's begins in another."""
    context = receiving()
    with ThreadPoolExecutor(1) as elsewhere:
        yield elsewhere.submit(context.__enter__).result()
        elsewhere.submit(context.__exit__, None, None, None).result()


@pytest.fixture
def partner(tenant: TestTenant, receiver: Receiver) -> Partner:
    """Return a supplier with a webhook to its receiver and one to a server that is not there."""
    partner = Partner(tenant)
    partner.webhook_id = partner.subscribe(receiver.url("/stock-events"))
    return partner


def opened(page: Page, base: str, partner: Partner) -> str:
    """Follow a fresh link, as from a mail, and return the page's own address."""
    link = partner.link(expiresInSeconds=3600)
    page.goto("about:blank")
    page.goto(f"{base}{link}")
    expect(page.get_by_role("heading", name="Webhooks of Supplier S1")).to_be_visible()
    return page.url


def picture(page: Page, name: str) -> None:
    if _PICTURES:
        page.screenshot(path=Path(_PICTURES) / f"{name}.png", full_page=True)


def look_again_until(page: Page, text: str) -> None:
    """Read the page anew until it says something, as a person would."""

    def there() -> bool:
        page.reload()
        return text in page.locator("main").inner_text()

    for _ in range(60):
        if there():
            return
        page.wait_for_timeout(250)
    raise AssertionError(page.locator("main").inner_text())


def test_the_link_s_token_stays_neither_in_the_address_nor_in_the_history(
    page: Page, base: str, partner: Partner, complaints: list[str]
) -> None:
    asked: list[Any] = []
    page.on("request", lambda sent: asked.append((sent.url, sent.headers.get("referer", ""))))
    home = opened(page, base, partner)
    assert re.fullmatch(rf"{base}/partner/pag_[0-9a-z]{{26}}", home)
    assert [url for url, _ in asked if "token=" in url] == [asked[0][0]]
    page.get_by_role("link", name="stock-events").click()
    expect(page.get_by_role("heading", name="Recent deliveries")).to_be_visible()
    assert [referer for _, referer in asked if "token=" in referer] == []
    page.go_back()
    expect(page).to_have_url(home)
    page.go_back()
    assert page.url == "about:blank"
    (cookie,) = (each for each in page.context.cookies() if each["name"] == "partner_page")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", home.removeprefix(base))


@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_engineer_tests_resends_rotates_and_pauses(
    page: Page, base: str, partner: Partner, receiver: Receiver, complaints: list[str], width: int, scheme: Any
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    receiver.statuses = [500]
    home = opened(page, base, partner)
    name = f"{width}-{scheme}"

    def fits(where: str) -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture(page, f"{name}-{where}")
        assert wide <= 0, (where, wide)

    fits("overview")
    page.get_by_role("link", name="stock-events").click()
    page.get_by_role("button", name="Send a test event").click()
    expect(page.get_by_role("status")).to_contain_text("The test event is on its way")
    look_again_until(page, "HTTP 500")
    expect(page.get_by_text("failed, will retry").first).to_be_visible()
    fits("failed")
    page.get_by_role("button", name="Resend webhook.test").first.click()
    expect(page.get_by_role("status")).to_contain_text("The event is due again")
    look_again_until(page, "HTTP 200")
    first, again = receiver.wait_for(2, path="/stock-events")
    assert again.headers["webhook-id"] == first.headers["webhook-id"]
    page.locator("summary", has_text="webhook.test").first.press("Enter")
    fits("delivered")

    page.get_by_role("link", name="Rotate the secret").click()
    page.get_by_label("The secrets before sign along for").select_option("1 hour")
    fits("rotate")
    page.get_by_role("button", name="Make a new secret").click()
    secret = page.get_by_label("Signing secret").inner_text()
    assert secret.startswith("whsec_")
    fits("secret")
    page.get_by_role("link", name="I have stored it").click()
    assert secret not in page.content()
    page.get_by_role("button", name="Send a test event").click()
    receiver.wait_for(3, path="/stock-events")[2].verified(secret)

    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("The endpoint is paused")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test event")).to_have_count(0)
    fits("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("The endpoint is active")).to_be_visible()

    page.get_by_role("link", name="Your endpoints").click()
    expect(page).to_have_url(home)
    page.get_by_text("End this page for everybody").click()
    page.get_by_role("button", name="Revoke the link").click()
    expect(page.get_by_role("heading", name="The page has ended")).to_be_visible()
    page.goto(home)
    expect(page.get_by_role("heading", name="Open your link first")).to_be_visible()
    fits("closed")
    assert [re.findall(r"status of (\d+)", line) for line in complaints] == [["403"]]
    complaints.clear()


def test_everything_is_reached_by_the_keyboard(page: Page, base: str, partner: Partner, complaints: list[str]) -> None:
    opened(page, base, partner)
    page.get_by_role("link", name="stock-events").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Send a test event")).to_be_visible()
    reached = []
    for _ in range(8):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.innerText"))
    wanted = ["Send a test event", "Pause", "Rotate the secret", "End this page for everybody"]
    assert [each for each in reached if each in wanted] == wanted
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(ring) == "solid"
