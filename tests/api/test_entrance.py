"""The addresses that people type before they have read anything."""

from contextlib import closing

import pytest
from django.conf import settings
from django.test import Client

from tests.contract.access_table import OPEN


@pytest.fixture
def visitor() -> Client:
    return Client()


@pytest.mark.parametrize("path", ["/v1", "/v1/"])
def test_the_base_address_says_what_this_is_and_where_to_go_on(visitor: Client, path: str) -> None:
    response = visitor.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response["Cache-Control"] == "public, max-age=3600"
    told = response.json()
    assert (told["name"], told["version"]) == ("Stockwire", "1")
    assert set(told["links"]) == {"documentation", "openapi", "problems", "token"}


def test_its_links_lead_somewhere(visitor: Client) -> None:
    links = visitor.get("/v1").json()["links"]
    statuses = {name: visitor.get(link.removeprefix(settings.PUBLIC_URL)).status_code for name, link in links.items()}
    # A token is posted for.
    assert statuses == {"documentation": 200, "openapi": 200, "problems": 200, "token": 405}


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_what_is_open_is_only_read(visitor: Client, path: str, method: str) -> None:
    response = getattr(visitor, method)(path)
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response.json()["detail"] == "The resource knows GET or HEAD."
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("/", "/docs"), ("/docs/", "/docs"), ("/redoc/", "/redoc"), ("/problems/", "/problems"), ("/admin", "/admin/")],
)
def test_what_people_type_leads_to_what_they_mean(visitor: Client, typed: str, meant: str) -> None:
    response = visitor.get(typed)
    assert (response.status_code, response["Location"]) == (302, meant)


def test_the_icon_is_where_browsers_look_for_it(visitor: Client) -> None:
    response = visitor.get("/favicon.ico")
    assert (response.status_code, response["Content-Type"]) == (200, "image/x-icon")
    assert response.content.startswith(b"\0\0\1\0")


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/problems", "/problems/not-found", "/no-such-page", "/admin/login/"]
)
def test_every_page_has_our_icon(visitor: Client, path: str) -> None:
    text = visitor.get(path).content.decode()
    assert 'href="/static/core/favicon.svg"' in text
    with closing(visitor.get("/static/core/favicon.svg")) as icon:
        assert (icon.status_code, icon["Content-Type"]) == (200, "image/svg+xml")
