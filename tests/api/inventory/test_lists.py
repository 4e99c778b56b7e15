"""GET /v1/inventory and GET /v1/inventory/changes: filters, pages, cursors."""

from typing import Any

import pytest

from tests.support.stock import Given, refused, relay


def _rows(given: Given, query: str) -> list[str]:
    answer = given.tenant.operator.get(f"/v1/inventory?{query}")
    assert answer.status == 200, answer.json
    return [row["productId"] for row in answer.json["data"]]


@pytest.fixture
def stock(given: Given) -> Given:
    """Return four items: A in two warehouses, B in an expiring batch, C sold out, D with a partner."""
    given.stocked(5, product="A")
    given.stocked(6, product="A", warehouse="W2")
    given.stocked(7, product="B", batch="B1", expires="2990-06-01")
    given.stocked(1, product="C").posted("sale", 1)
    given.stocked(3, product="D", partner="R1", warehouse="RW", supplier="S2")
    return given


@pytest.mark.parametrize(
    ("query", "products"),
    [
        ("", "ABCD"),
        ("supplierId=S1", "ABC"),
        ("supplierId=S1,S2", "ABCD"),
        ("supplierId=NO", ""),
        ("productId=A,D", "AD"),
        ("retailPartnerId=R1", "D"),
        ("warehouseLocation=W2", "A"),
        ("warehouseLocation=RW,W2", "AD"),
        ("batchNumber=B1", "B"),
        ("batchNumber=NO", ""),
        ("expiringBefore=2990-06-02T00:00:00Z", "B"),
        ("expiringBefore=2990-06-01T00:00:00Z", ""),
        ("availableQuantity.lte=3", "CD"),
        ("availableQuantity.lte=0", "C"),
        ("availableQuantity.lte=-1", ""),
        ("stockStatus=outOfStock", "C"),
        ("stockStatus=inStock,outOfStock", "ABCD"),
        ("stockStatus=lowStock", ""),
        ("orderBy=supplierId", "ABCD"),
        ("orderBy=supplierId%20desc", "DCBA"),
        ("supplierId=S1&productId=B&batchNumber=B1", "B"),
    ],
)
def test_filters_keep_items(stock: Given, query: str, products: str) -> None:
    assert _rows(stock, query) == list(products)


def test_filters_restrict_the_levels_shown_and_never_the_totals(stock: Given) -> None:
    (row,) = stock.tenant.operator.get("/v1/inventory?productId=A&warehouseLocation=W2").json["data"]
    assert (row["inventoryLevel"], row["availableQuantity"]) == (11, 11)
    assert [(level["warehouseLocation"], level["inventoryLevel"]) for level in row["levels"]] == [("W2", 6)]


@pytest.mark.parametrize(
    "query",
    [
        "stockStatus=plenty",
        "expiringBefore=soon",
        "availableQuantity.lte=x",
        "availableQuantity.lte=1.5",
        "availableQuantity.lte=1e400",
        "availableQuantity.lte=NaN",
        "pageSize=0",
        "pageSize=201",
        "pageSize=1.0",
        "orderBy=productId",
        "orderBy=supplierId%20up",
    ],
)
def test_a_filter_of_the_wrong_form_is_named(stock: Given, query: str) -> None:
    answer = stock.tenant.operator.get(f"/v1/inventory?{query}")
    assert answer.status == 400
    assert answer.json["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("order", ["", "&orderBy=supplierId%20desc"])
def test_pages_skip_nothing_and_repeat_nothing_while_items_appear(given: Given, order: str) -> None:
    names = [f"P{number}" for number in range(7)]
    for name in names:
        given.stocked(1, product=name)
    seen: list[str] = []
    url: str | None = f"/v1/inventory?pageSize=2{order}"
    for extra in ["A0", "P3x", "Z9", "A1", "", "", ""]:
        if url is None:
            break
        page = given.tenant.operator.get(url)
        seen += [row["productId"] for row in page.json["data"]]
        link = page.headers.get("Link", "")
        assert ("nextPageToken" in page.json, bool(link)) == (True, page.json["nextPageToken"] is not None)
        url = link.partition("<")[2].partition(">")[0] or None
        if extra:
            given.stocked(1, product=extra)
    assert [name for name in seen if name in names] == sorted(names, reverse=bool(order))
    assert (len(seen), url) == (len(set(seen)), None)


def test_a_page_is_as_long_as_asked_and_the_last_has_no_next(given: Given) -> None:
    for number in range(4):
        given.stocked(1, product=f"P{number}")
    first = given.tenant.operator.get("/v1/inventory?pageSize=2").json
    second = given.tenant.operator.get(f"/v1/inventory?pageSize=2&pageToken={first['nextPageToken']}").json
    assert ([len(page["data"]) for page in (first, second)], second["nextPageToken"]) == ([2, 2], None)


def test_a_page_token_serves_its_own_caller_and_query_only(given: Given) -> None:
    given.supplier("S2")
    for number in range(2):
        given.stocked(1, product=f"P{number}")
    token = given.tenant.operator.get("/v1/inventory?pageSize=1").json["nextPageToken"]
    asked: list[tuple[Any, str]] = [
        (given.tenant.operator, f"/v1/inventory?pageToken={token}&supplierId=S1"),
        (given.tenant.operator, f"/v1/inventory?pageToken={token}x"),
        (given.tenant.operator, f"/v1/inventory?pageToken={token[:-3]}"),
        (given.tenant.operator, "/v1/inventory?pageToken=%F0%9F%92%A9"),
        (given.tenant.operator, f"/v1/inventory/transactions?pageToken={token}"),
        (given.tenant.supplier("S1"), f"/v1/inventory?pageToken={token}"),
    ]
    for client, url in asked:
        refused(client.get(url), 400, "invalid_page_token", pointer="pageToken")


def test_changes_are_dense_and_come_once(given: Given) -> None:
    item = given.stocked(10)
    for _ in range(4):
        item.posted("sale", 1)
    relay()
    versions: list[str] = []
    cursor, more, pages = "", True, 0
    while more:
        page = given.tenant.operator.get(f"/v1/inventory/changes?limit=2{cursor}").json
        versions += [event["sequence"] for event in page["data"]]
        cursor, more, pages = f"&cursor={page['nextCursor']}", page["hasMore"], pages + 1
    assert versions == ["1", "2", "3", "4", "5"]
    quiet = given.tenant.operator.get(f"/v1/inventory/changes?limit=2{cursor}").json
    assert (quiet["data"], quiet["hasMore"]) == ([], False)
    item.posted("sale", 1)
    relay()
    later = given.tenant.operator.get(f"/v1/inventory/changes?cursor={quiet['nextCursor']}").json
    assert [event["sequence"] for event in later["data"]] == ["6"]


@pytest.mark.parametrize("path", ["/v1/inventory/changes", "/v1/events?type=inventory.updated"])
def test_a_copy_that_is_read_once_goes_on_from_now(given: Given, path: str) -> None:
    """Whatever is in the list is not in the feed behind `now`, but for what changed meanwhile."""
    item, other = given.stocked(10), given.stocked(7, product="P2")
    item.posted("sale", 1)
    relay()
    joint = "&" if "?" in path else "?"
    now = given.tenant.operator.get(f"{path}{joint}cursor=now").json
    assert (now["data"], now["hasMore"]) == ([], False)
    other.posted("sale", 2)
    relay()
    copy = {
        f"{each['supplierId']}/{each['productId']}": each["version"]
        for each in given.tenant.operator.get("/v1/inventory").json["data"]
    }
    item.posted("sale", 1)
    relay()
    news = given.tenant.operator.get(f"{path}{joint}cursor={now['nextCursor']}").json["data"]
    assert copy == {"S1/P1": 2, "S1/P2": 2}
    assert [(each["subject"], int(each["sequence"])) for each in news] == [("S1/P2", 2), ("S1/P1", 3)]


def test_now_in_an_empty_log_is_its_beginning(given: Given) -> None:
    beginning = given.tenant.operator.get("/v1/inventory/changes?cursor=now").json
    given.stocked(1)
    relay()
    news = given.tenant.operator.get(f"/v1/inventory/changes?cursor={beginning['nextCursor']}").json["data"]
    assert [each["sequence"] for each in news] == ["1"]


def test_an_event_carries_the_item_what_it_was_and_why(given: Given) -> None:
    item = given.stocked(10)
    body = item.posted("sale", 3, reference="ORD-1")
    relay()
    event = given.tenant.operator.get("/v1/inventory/changes").json["data"][-1]
    previous, cause = event["data"].pop("previous"), event["data"].pop("cause")
    assert event["data"] == item.get().json
    assert previous == {"inventoryLevel": 10, "reservedQuantity": 0}
    assert cause == {
        "transactionId": body["transactions"][0]["transactionId"],
        "type": "sale",
        "reference": "ORD-1",
    }
    assert (event["subject"], event["sequence"], event["type"]) == ("S1/P1", "2", "inventory.updated")


def test_a_cursor_is_its_tenants(given: Given, other_tenant: Any) -> None:
    given.stocked(10)
    relay()
    cursor = given.tenant.operator.get("/v1/inventory/changes").json["nextCursor"]
    assert given.tenant.supplier("S1").get(f"/v1/inventory/changes?cursor={cursor}").status == 200
    for client, wrong in ((other_tenant.operator, cursor), (given.tenant.operator, f"{cursor}x")):
        answer = client.get(f"/v1/inventory/changes?cursor={wrong}")
        refused(answer, 400, "invalid_page_token", pointer="cursor")


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "limit=-1", "limit=%D9%A3"])
def test_a_limit_is_checked(given: Given, query: str) -> None:
    refused(given.tenant.operator.get(f"/v1/inventory/changes?{query}"), 400, "invalid_request", pointer="limit")
