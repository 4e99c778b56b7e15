"""Prices that are made at the same moment: one of those that contradict each other is kept."""

import pytest

from tests.support.crowd import Crowd, Sent, refusals, statuses
from tests.support.stock import Given

pytestmark = pytest.mark.xdist_group("live")


def test_of_12_prices_for_the_same_one_is_made_and_the_others_name_it(given: Given, crowd: Crowd) -> None:
    """Everybody looks, finds nothing in the way and writes: a customer is told two prices, whichever comes first."""
    given.item()
    client = given.tenant.operator
    prices = [
        {
            "productId": "P1",
            "price": {"amount": f"{number}.00", "currencyCode": "USD"},
            "validFrom": f"20{26 + number}-01-01T00:00:00Z",
        }
        for number in range(1, 13)
    ]
    replies = crowd.send([Sent(client, "POST", "/v1/prices", body) for body in prices])
    assert (statuses(replies), refusals(replies)) == ({201: 1, 409: 11}, {(409, "already_exists"): 11})
    (kept,) = client.get("/v1/prices").json["data"]
    assert {reply.json["priceId"] for reply in replies} == {kept["priceId"]}


def test_a_price_that_is_moved_and_one_that_is_made_do_not_meet(given: Given, crowd: Crowd) -> None:
    """One moves into a gap that another fills: each is right by what it saw, and both hold at once."""
    given.item()
    client = given.tenant.operator
    price = {"productId": "P1", "price": {"amount": "1.00", "currencyCode": "USD"}}
    requests = []
    for number in range(6):
        channel = {"channel": f"C{number}"}
        old = client.post("/v1/prices", {**price, **channel, "validTo": "2027-01-01T00:00:00Z"}).json["priceId"]
        requests.append(Sent(client, "PATCH", f"/v1/prices/{old}", {"validTo": None, "version": 1}))
        requests.append(Sent(client, "POST", "/v1/prices", {**price, **channel, "validFrom": "2028-01-01T00:00:00Z"}))
    replies = crowd.send(requests)
    outcomes = {(moved.status, made.status) for moved, made in zip(replies[::2], replies[1::2], strict=True)}
    assert outcomes <= {(200, 409), (409, 201)}
    assert set(refusals(replies)) == {(409, "already_exists")}
