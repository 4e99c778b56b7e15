"""What is said of products, said at once: variants, vehicles, certificates."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from apps.core.context import CallContext, PartyType, Principal
from apps.products.commands.sweep_certifications import sweep_certifications
from tests.factories.master_data import make_certification, make_product, make_product_group
from tests.support.crowd import Crowd, Sent, statuses
from tests.support.notices import waiting
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


def test_8_sweeps_at_once_tell_of_each_certificate_once(given: Given) -> None:
    """Two workers read the same certificates before either has marked them: everybody is told twice."""
    tenant = given.tenant
    make_product(tenant, "P1")
    ends = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    for number in range(20):
        make_certification(tenant, "P1", f"C{number}", validTo=ends)
    barrier = Barrier(8)
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    call = CallContext(principal=principal, now=datetime.now(UTC), request_id="")

    def sweep() -> int:
        barrier.wait()
        try:
            return sweep_certifications(call, horizon=timedelta(days=30)).result
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        swept = [done.result() for done in [workers.submit(sweep) for _ in range(8)]]
    told = waiting(tenant, ["product.certification_expiring"])
    assert (sum(swept), len(told), len({subject for _, subject, _ in told})) == (20, 20, 20)
