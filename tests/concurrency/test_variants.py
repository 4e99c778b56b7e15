"""Variants made at once: what tells products of a group apart is judged where they are written."""

import pytest

from tests.factories.master_data import make_product, make_product_group
from tests.support.crowd import Crowd, Sent, statuses
from tests.support.stock import Given

pytestmark = pytest.mark.xdist_group("live")


def _product(given: Given, code: str, size: str, colour: str) -> Sent:
    values = {"size": size, "colour": colour}
    body = {"productId": code, "sku": code, "name": code, "groupId": "G1", "attributes": values}
    return Sent(given.tenant.operator, "POST", "/v1/products", body)


def test_32_of_one_variant_are_one_product(given: Given, crowd: Crowd) -> None:
    """Each of several callers looks for its variant, finds none, and makes one: a shop shows size M twice."""
    make_product_group(given.tenant, "G1", "size", "colour")
    replies = crowd.send([_product(given, f"P{number}", ("M", " m")[number % 2], "red") for number in range(32)])
    assert statuses(replies) == {201: 1, 409: 31}
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"already_exists"}
    assert len(given.tenant.operator.get("/v1/products?groupId=G1").json["data"]) == 1


def test_members_that_join_while_the_rule_changes_fit_the_rule_that_stands(given: Given, crowd: Crowd) -> None:
    """A member is judged by what the group varied by a moment ago: in the end two of its variants are the same."""
    tenant = given.tenant
    make_product_group(tenant, "G1", "size", "colour")
    for number in range(4):
        make_product(tenant, f"Q{number}", groupId="G1", attributes={"size": f"Q{number}", "colour": "red"})
    rule = Sent(tenant.operator, "PATCH", "/v1/productGroups/G1", {"variesBy": ["size"]}, if_match="*")
    joining = [_product(given, f"P{number}", f"S{number % 4}", f"C{number}") for number in range(12)]
    moving = [
        Sent(tenant.operator, "PATCH", f"/v1/products/Q{number}", {"attributes": {"size": "S0"}}, if_match="*")
        for number in range(4)
    ]
    replies = crowd.send([*joining[:6], rule, *moving, *joining[6:]])
    assert {reply.status for reply in replies} <= {200, 201, 409}
    names = tenant.operator.get("/v1/productGroups/G1").json["variesBy"]
    assert (replies[6].status == 200) == (names == ["size"])
    members = tenant.operator.get("/v1/products?groupId=G1").json["data"]
    told_apart = {tuple(member["attributes"][name] for name in names) for member in members}
    assert len(told_apart) == len(members) == 4 + sum(reply.status == 201 for reply in replies)


def test_32_who_state_one_vehicle_store_it_once(given: Given, crowd: Crowd) -> None:
    """Each of several callers looks for years that overlap, finds none, and stores its own: a vehicle fits twice."""
    make_product(given.tenant, "P1")
    vehicle = {"make": "Toyota", "model": "Camry", "yearTo": 2024}
    sent = [
        Sent(
            given.tenant.operator,
            "POST",
            "/v1/products/P1/compatibility",
            {"items": [{**vehicle, "yearFrom": 2000 + number % 20}]},
        )
        for number in range(32)
    ]
    assert statuses(crowd.send(sent)) == {201: 1, 409: 31}
