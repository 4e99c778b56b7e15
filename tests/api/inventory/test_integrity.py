"""GET /v1/integrity, the nightly task and the gauges: what they say of books that balance, and of books that do not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.check_integrity import KEPT, check_integrity
from apps.inventory.models import IntegrityReport
from apps.inventory.queries.books import RULES
from apps.inventory.tasks import check_integrity_of, check_integrity_of_all_tenants
from apps.outbox.unit_of_work import as_tenant
from apps.tenancy.models import Tenant
from apps.tenancy.types import Role
from config.celery import app
from tests.support.api import TestTenant
from tests.support.dashboard import panels
from tests.support.metrics import value
from tests.support.people import browser_of
from tests.support.stock import Given, refused

_PATH = "/v1/integrity"
_ITEMS = RULES[1]


def _owner() -> "psycopg.Connection[tuple[Any, ...]]":
    url = settings.DATABASES["owner"]
    return psycopg.connect(
        host=url["HOST"], port=url["PORT"], dbname=url["NAME"], user=url["USER"], password=url["PASSWORD"]
    )


@contextmanager
def _falsified(tenant: TestTenant) -> Iterator[None]:
    """Have one piece more on every item than on its levels, as the owner of the tables could by hand."""
    for step in (1, -1):
        with _owner() as owner:
            owner.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant.id),))
            owner.execute("UPDATE inventory_stockitem SET on_hand = on_hand + %s", (step,))
        if step == 1:
            yield


@contextmanager
def _being_checked(tenant: TestTenant) -> Iterator[None]:
    """Hold what a check of the tenant holds."""
    with _owner() as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('check_integrity', %s))", (tenant.id,))
        yield


def _check(tenant: TestTenant) -> None:
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    check_integrity(CallContext(principal=principal, now=datetime.now(UTC), request_id=""))


def _check_all(*tenants: TestTenant) -> None:
    """Check these tenants' books as the task does with everybody's."""
    check_integrity_of(Tenant.objects.filter(pk__in=[tenant.id for tenant in tenants]))


def _reports(tenant: TestTenant) -> list[IntegrityReport]:
    with as_tenant(tenant.id):
        return list(IntegrityReport.objects.filter(tenant_id=tenant.id).order_by("id"))


def _discrepancies(rule: str) -> float:
    return value(Client().get("/metrics").content.decode(), "stockwire_books_discrepancies", rule=rule)


def test_books_that_balance_are_said_to(tenant: TestTenant) -> None:
    item = Given(tenant).stocked(10)
    item.posted("reservation", 4)
    answer = tenant.operator.get(_PATH)
    assert (answer.status, answer.json["balanced"]) == (200, True)
    assert answer.json["rules"] == [{"rule": rule, "wrong": 0, "discrepancies": []} for rule in RULES]


def test_the_first_reader_has_them_checked_and_the_next_read_the_report(tenant: TestTenant) -> None:
    Given(tenant).stocked(10)
    first = tenant.operator.get(_PATH)
    with _falsified(tenant):
        assert tenant.operator.get(_PATH).content == first.content
    assert len(_reports(tenant)) == 1


def test_books_that_do_not_balance_are_told_by_all_three(
    tenant: TestTenant, other_tenant: TestTenant, capsys: pytest.CaptureFixture[str]
) -> None:
    Given(tenant).stocked(10)
    Given(other_tenant).stocked(10)
    before = _discrepancies(_ITEMS)
    with _falsified(tenant):
        _check_all(tenant, other_tenant)
        answer = tenant.operator.get(_PATH)
        during = _discrepancies(_ITEMS)
    wrong = {rule["rule"]: rule for rule in answer.json["rules"] if rule["wrong"]}
    discrepancy = {
        "where": "S1/P1",
        "stated": "on hand 11, reserved 0, on hold 0",
        "calculated": "on hand 10, reserved 0, on hold 0",
    }
    assert answer.json["balanced"] is False
    assert wrong == {_ITEMS: {"rule": _ITEMS, "wrong": 1, "discrepancies": [discrepancy]}}
    assert during - before == 1
    assert [report.balanced for report in _reports(tenant)] == [False]
    assert other_tenant.operator.get(_PATH).json["balanced"] is True
    told = [line for line in capsys.readouterr().out.splitlines() if "books_not_balanced" in line]
    assert [tenant.row.code in line for line in told] == [True]

    _check_all(tenant, other_tenant)
    assert tenant.operator.get(_PATH).json["balanced"] is True
    assert _discrepancies(_ITEMS) == before
    assert [report.balanced for report in _reports(tenant)] == [False, True]


def test_all_places_are_counted_and_the_first_twenty_named(tenant: TestTenant) -> None:
    given = Given(tenant)
    for number in range(21):
        given.stocked(1, product=f"P{number:02}")
    with _falsified(tenant):
        (rule,) = [rule for rule in tenant.operator.get(_PATH).json["rules"] if rule["wrong"]]
    assert (rule["wrong"], len(rule["discrepancies"])) == (21, 20)
    _check(tenant)  # the gauges sum what every tenant's last report says


def test_the_task_checks_every_tenant(tenant: TestTenant, other_tenant: TestTenant) -> None:
    check_integrity_of_all_tenants()
    assert [[report.balanced for report in _reports(each)] for each in (tenant, other_tenant)] == [[True], [True]]


def test_ninety_reports_are_kept(tenant: TestTenant) -> None:
    for _ in range(KEPT):
        _check(tenant)
    oldest, second, *_ = _reports(tenant)
    _check(tenant)
    kept = [report.pk for report in _reports(tenant)]
    assert (len(kept), oldest.pk in kept, kept[0]) == (90, False, second.pk)


def test_one_check_of_a_tenant_runs_at_a_time(tenant: TestTenant, other_tenant: TestTenant) -> None:
    with _being_checked(tenant):
        busy = tenant.operator.get(_PATH)
        refused(busy, 503, "unavailable")
        assert busy.headers["Retry-After"] == "1"
        _check_all(tenant, other_tenant)  # leaves the one alone and checks the other
        assert [len(_reports(each)) for each in (tenant, other_tenant)] == [0, 1]
    assert tenant.operator.get(_PATH).status == 200


def test_a_report_is_read_while_the_next_check_runs(tenant: TestTenant) -> None:
    first = tenant.operator.get(_PATH)
    with _being_checked(tenant):
        assert tenant.operator.get(_PATH).content == first.content


def test_only_staff_reads_them(tenant: TestTenant) -> None:
    for client in (tenant.supplier("S1"), tenant.retailer("R1")):
        refused(client.get(_PATH), 403, "not_permitted")
    assert _reports(tenant) == []


def test_what_was_found_is_never_rewritten(tenant: TestTenant) -> None:
    _check(tenant)
    with as_tenant(tenant.id), connection.cursor() as cursor, pytest.raises(ProgrammingError), transaction.atomic():
        cursor.execute("UPDATE inventory_integrityreport SET balanced = true")


def test_the_oldest_check_has_an_age(tenant: TestTenant) -> None:
    _check(tenant)
    assert value(Client().get("/metrics").content.decode(), "stockwire_books_oldest_check_seconds") > 0


def test_the_dashboard_names_the_rules_that_do_not_hold(tenant: TestTenant) -> None:
    Given(tenant).stocked(10)
    browser = browser_of(tenant.row, Role.AUDITOR)[1]
    assert panels(browser)["books"]["empty"] == "Not checked yet."
    with _falsified(tenant):
        _check(tenant)
    rows = [[cell["text"] for cell in row] for row in panels(browser)["books"]["rows"]]
    assert rows == [[_ITEMS, "1", "S1/P1"]]
    _check(tenant)
    books = panels(browser)["books"]
    assert (books["rows"], books["empty"].startswith("The books balanced on ")) == ([], True)


def test_beat_asks_for_it_at_night() -> None:
    entry = app.conf.beat_schedule["inventory-check-integrity"]
    assert entry["task"] in app.tasks
    assert entry["schedule"] == crontab(minute="15", hour="3")
