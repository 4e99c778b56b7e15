"""`manage.py check_books`: silent about sound books, and exact about every number that is not."""

import json
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.inventory.queries.books import RULES
from apps.outbox.commands.keep_log import keep_log
from tests.support.api import TestTenant
from tests.support.commands import manage
from tests.support.log import age
from tests.support.stock import Given, Item, relay
from tests.support.transfers import Trip


def _checked(tenant: TestTenant) -> tuple[int, Any]:
    out, code = StringIO(), 0
    try:
        call_command("check_books", "--tenant", tenant.row.code, "--json", stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, json.loads(out.getvalue())


class _Forged:
    """Changes rows behind every lock, as the owner of the tables would by hand, and puts them back."""

    def __init__(self, tenant: TestTenant) -> None:
        self.tenant = tenant

    def run(self, *statements: str) -> None:
        url = settings.DATABASES["owner"]
        with psycopg.connect(
            host=url["HOST"], port=url["PORT"], dbname=url["NAME"], user=url["USER"], password=url["PASSWORD"]
        ) as owner:
            owner.execute("SELECT set_config('app.tenant_id', %s, true)", (str(self.tenant.id),))
            for statement in statements:
                owner.execute(statement)


def test_sound_books_balance(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    item.posted("sale", 3)
    item.posted("reservation", 2)
    item.posted("damage", 1, reason="dropped")

    assert _checked(tenant) == (
        0,
        {
            "balanced": True,
            "seconds": pytest.approx(0, abs=10),
            "tenants": [{"tenant": tenant.row.code, "items": 1, "ledgerLines": 4, "discrepancies": []}],
        },
    )


_EVENTS = "every version of an item has its event, and no event is ahead"


@pytest.mark.parametrize(
    ("forgery", "mend", "rules"),
    [
        (
            "UPDATE inventory_stocklevel SET on_hand = on_hand + 1",
            "UPDATE inventory_stocklevel SET on_hand = on_hand - 1",
            {RULES[0]: ("S1/P1 in W1", "on hand 11", "on hand 10"), RULES[1]: ("S1/P1", "on hand 10", "on hand 11")},
        ),
        (
            "UPDATE inventory_stockitem SET on_hand = on_hand + 1",
            "UPDATE inventory_stockitem SET on_hand = on_hand - 1",
            {RULES[1]: ("S1/P1", "on hand 11", "on hand 10")},
        ),
        (
            "UPDATE inventory_reservationline SET remaining = remaining + 1",
            "UPDATE inventory_reservationline SET remaining = remaining - 1",
            {
                "what is reserved is held by live reservations": ("S1/P1 in W1", "reserved 4", "held 5"),
                "a part of a reservation is the sum of its lines": ("S1/P1 of ", "held 4", "lines 5"),
            },
        ),
        (
            "UPDATE inventory_stockitem SET version = version + 1",
            "UPDATE inventory_stockitem SET version = version - 1",
            {_EVENTS: ("S1/P1", "version 3", "2 events, the newest 2")},
        ),
        (
            "UPDATE outbox_outboxmessage SET sequence = 3 WHERE sequence = 2",
            "UPDATE outbox_outboxmessage SET sequence = 2 WHERE sequence = 3",
            {_EVENTS: ("S1/P1", "version 2", "2 events, the newest 3")},
        ),
        (
            "UPDATE outbox_idempotencyrecord SET facts = NULL WHERE key = 'kept'",
            "UPDATE outbox_idempotencyrecord SET facts = '{}' WHERE key = 'kept'",
            {"every idempotency key has its facts": ("key kept", "no facts", "facts")},
        ),
    ],
)
def test_each_rule_names_what_breaks_it(
    tenant: TestTenant, forgery: str, mend: str, rules: dict[str, tuple[str, str, str]]
) -> None:
    item = Given(tenant).stocked(10)
    assert item.post("reservation", 4, key="kept").status == 201
    forged = _Forged(tenant)
    forged.run(forgery)
    try:
        code, told = _checked(tenant)
        people = manage("check_books", "--tenant", tenant.row.code)
    finally:
        forged.run(mend)
    found = {each["rule"]: each for each in told["tenants"][0]["discrepancies"]}
    assert (code, told["balanced"], set(found)) == (1, False, set(rules))
    for rule, (where, stated, calculated) in rules.items():
        assert found[rule]["where"].startswith(where)
        assert found[rule]["stated"].startswith(stated)
        assert found[rule]["calculated"].startswith(calculated)
        assert f"{tenant.row.code}: {found[rule]['where']}: stated {stated}" in people.out
    assert people.code == 1
    assert f"NOT BALANCED: {len(rules)} discrepanc" in people.out
    assert _checked(tenant)[0] == 0


@pytest.mark.parametrize(
    ("forgery", "mend", "stated"),
    [
        (
            "UPDATE inventory_stockitem SET version = version + 1",
            "UPDATE inventory_stockitem SET version = version - 1",
            "version 6",
        ),
        (
            "UPDATE outbox_event SET sequence = 1 WHERE sequence = 4",
            "UPDATE outbox_event SET sequence = 4 WHERE sequence = 1",
            "version 5",
        ),
    ],
)
def test_events_are_checked_as_far_as_the_log_is_kept(tenant: TestTenant, forgery: str, mend: str, stated: str) -> None:
    item = Given(tenant).stocked(10)
    item.posted("damage", 1, reason="dropped")
    age(tenant, 40)
    keep_log()
    assert _checked(tenant)[0] == 0  # nothing is kept of the item
    for _ in range(3):
        item.posted("damage", 1, reason="dropped")
    relay()
    assert _checked(tenant)[0] == 0
    forged = _Forged(tenant)
    forged.run(forgery)
    try:
        code, told = _checked(tenant)
    finally:
        forged.run(mend)
    [found] = told["tenants"][0]["discrepancies"]
    assert (code, found["rule"], found["stated"]) == (1, _EVENTS, stated)


@pytest.mark.parametrize(
    ("forgery", "mend", "stated", "calculated"),
    [
        (
            "UPDATE inventory_transferparcel SET received = received + 1",
            "UPDATE inventory_transferparcel SET received = received - 1",
            "inTransit, under way 3",
            "inTransit, expected 4",
        ),
        (
            "UPDATE inventory_transfer SET status = 'received'",
            "UPDATE inventory_transfer SET status = 'inTransit'",
            "received, under way 4",
            "inTransit, expected 4",
        ),
        (
            "UPDATE inventory_transferparcel SET received = 4",
            "UPDATE inventory_transferparcel SET received = 0",
            "nothing under way",
            "inTransit, expected 4",
        ),
        (
            "UPDATE inventory_arrival SET source = '/v1/shipments/X'",
            "UPDATE inventory_arrival SET source = '/v1/transfers/T1'",
            "inTransit, under way 4",
            "inTransit, expected 0",
        ),
    ],
)
def test_what_is_in_transit_was_shipped_and_has_not_arrived(
    tenant: TestTenant, forgery: str, mend: str, stated: str, calculated: str
) -> None:
    given = Given(tenant)
    given.stocked(10)
    given.warehouse("W2")
    Trip.shipped(Item(tenant, "S1", "P1"), 4, transferId="T1")
    forged = _Forged(tenant)
    forged.run(forgery)
    try:
        code, told = _checked(tenant)
    finally:
        forged.run(mend)
    (wrong,) = told["tenants"][0]["discrepancies"]
    assert (code, wrong["rule"]) == (1, "what is in transit was shipped and has not arrived")
    assert wrong["where"].startswith("S1/P1 of ")
    assert (wrong["stated"], wrong["calculated"]) == (stated, calculated)
    assert _checked(tenant)[0] == 0


def test_another_tenant_s_fault_is_its_own(tenant: TestTenant, other_tenant: TestTenant) -> None:
    Given(tenant).stocked(1)
    Given(other_tenant).stocked(1)
    forged = _Forged(other_tenant)
    forged.run("UPDATE inventory_stockitem SET on_hand = on_hand + 1")
    try:
        assert (_checked(tenant)[0], _checked(other_tenant)[0]) == (0, 1)
    finally:
        forged.run("UPDATE inventory_stockitem SET on_hand = on_hand - 1")


def test_a_tenant_that_there_is_not_is_said(tenant: TestTenant) -> None:
    with pytest.raises(CommandError, match=r"^There is no tenant 'none-such'\.$"):
        call_command("check_books", "--tenant", "none-such")
