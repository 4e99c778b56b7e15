"""The pages for people about the API: offline, under a policy that allows nothing inline and nothing from outside."""

import re
from contextlib import closing

import pytest
from django.test import Client

from apps.core.http.openapi import openapi_document, openapi_text
from apps.core.http.pages_for_people import problem_codes
from apps.core.http.problems import slug_of
from tests.support.routes import routes

ASSET = re.compile(r'(?:src|href)="([^"]+)"')


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/vnd.oai.openapi", "text/html"])
def test_the_document_is_json_for_everybody(browser: Client, accept: str) -> None:
    response = browser.get("/v1/openapi.json", headers={"accept": accept})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.content.decode() == openapi_text()


def test_the_document_is_only_read(browser: Client) -> None:
    response = browser.post("/v1/openapi.json")
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_the_page_brings_all_it_needs_itself(browser: Client, path: str) -> None:
    page = browser.get(path)
    assert page.status_code == 200
    text = page.content.decode()
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"\son\w+=", text) == []
    assets = [url for url in ASSET.findall(text) if not url.startswith("/admin")]
    assert [url for url in assets if not url.startswith(("/", "data:"))] == []
    for url in (url for url in assets if url.startswith("/")):
        with closing(browser.get(url.replace("&amp;", "&"))) as asset:
            assert asset.status_code == 200, url


def test_the_page_s_script_knows_document_and_credentials(browser: Client) -> None:
    script = browser.get("/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    text = script.content.decode()
    assert '"/v1/openapi.json"' in text
    assert "initOAuth" in text
    assert f'"{openapi_document()["components"]["parameters"]["IdempotencyKey"]["example"]}"' in text


def test_every_write_takes_the_key_that_the_page_s_script_sends() -> None:
    assert [
        route.operation.operation_id
        for route in routes()
        if (route.operation.keys == "none") != (route.method == "GET")
    ] == []


def test_redoc_asks_nobody_else_for_its_maker_s_logo(browser: Client) -> None:
    script = browser.get("/redoc.js")
    assert (script.status_code, script["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert b"cdn.redoc.ly" not in script.content
    assert b"Redoc" in script.content


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/problems", "/problems/not-found"])
def test_pages_run_nothing_inline_and_evaluate_nothing(browser: Client, path: str) -> None:
    policy = browser.get(path)["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


@pytest.mark.parametrize("code", sorted(problem_codes()))
def test_every_code_has_a_page(browser: Client, code: str) -> None:
    page = browser.get(f"/problems/{slug_of(code)}")
    assert page.status_code == 200
    text = page.content.decode()
    assert code in text
    assert f"&quot;code&quot;: &quot;{code}&quot;" in text


def test_the_index_names_every_code(browser: Client) -> None:
    text = browser.get("/problems").content.decode()
    assert [code for code in problem_codes() if f'href="/problems/{slug_of(code)}"' not in text] == []


def test_an_unknown_code_is_not_found(browser: Client) -> None:
    assert browser.get("/problems/no-such-code").status_code == 404
