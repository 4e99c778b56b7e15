"""`manage.py tenant`, `manage.py person` and `manage.py client`: from an empty installation to a caller."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps.access.models import Application
from apps.access.types import IssuedClient
from apps.tenancy.models import Membership, Tenant, User
from tests.factories.master_data import make_supplier
from tests.support.api import ApiClient, TestTenant
from tests.support.commands import manage, manage_elsewhere


def _told(*words: str) -> Any:
    out = StringIO()
    call_command(*words, "--json", stdout=out)
    return json.loads(out.getvalue())


def _refused(*words: str) -> str:
    with pytest.raises(CommandError) as caught:
        call_command(*words)
    return str(caught.value)


def _calls(client: dict[str, Any]) -> ApiClient:
    return ApiClient(IssuedClient(0, client["clientId"], client["clientSecret"], tuple(client["scopes"])))


def test_a_tenant_gets_a_code_of_its_own_or_the_one_that_is_asked_for(tenant: TestTenant) -> None:
    made = _told("tenant", "create", "  Made by hand ")
    assert (made["name"], made["status"]) == ("Made by hand", "active")
    assert made["code"].startswith("ten_")
    chosen = f"chosen-{tenant.id}"
    assert _told("tenant", "create", "Chosen", "--code", chosen)["code"] == chosen
    assert _refused("tenant", "create", "Again", "--code", chosen) == f"There is a tenant {chosen!r} already."
    assert Tenant.objects.filter(code=chosen).count() == 1


def test_the_list_counts_who_may_call_and_who_works_there(tenant: TestTenant) -> None:
    code = tenant.row.code
    counted = {each["code"]: each for each in _told("tenant", "list")}[code]
    assert counted == {"code": code, "name": tenant.row.name, "status": "active", "clients": 0, "people": 0}
    for _ in range(3):
        _told("client", "create", "--tenant", code, "--party", "operator")
    for number in range(2):
        _told("person", "add", f"{code}-{number}", "--tenant", code, "--role", "auditor")
    ended, disabled, *_ = Application.objects.filter(tenant=tenant.id)
    Application.objects.filter(pk=ended.pk).update(expires_at=datetime.now(UTC))
    Application.objects.filter(pk=disabled.pk).update(disabled_at=datetime.now(UTC))
    counted = {each["code"]: each for each in _told("tenant", "list")}[code]
    assert (counted["clients"], counted["people"]) == (1, 2)


def test_the_list_is_a_table_for_people(tenant: TestTenant) -> None:
    out = StringIO()
    call_command("tenant", "list", stdout=out)
    head, *rows = out.getvalue().splitlines()
    assert head.split() == ["CODE", "NAME", "STATUS", "CLIENTS", "PEOPLE"]
    (row,) = (row for row in rows if row.startswith(f"{tenant.row.code} "))
    assert row.split()[-3:] == ["active", "0", "0"]
    assert row.index("active") == head.index("STATUS")


@pytest.mark.parametrize(("name", "code"), [(" ", None), ("x" * 256, None), ("x", "a b"), ("x", ""), ("x", "a" * 65)])
def test_a_tenant_that_cannot_be_is_refused(name: str, code: str | None) -> None:
    before = Tenant.objects.count()
    words = [] if code is None else ["--code", code]
    assert "1 to" in _refused("tenant", "create", name, *words)
    assert Tenant.objects.count() == before


def test_an_operator_s_client_may_call_at_once(tenant: TestTenant) -> None:
    made = _told("client", "create", "--tenant", tenant.row.code, "--party", "operator")
    assert made["name"] == f"{tenant.row.name} operator"
    assert _calls(made).post("/v1/suppliers", {"supplierId": "S1", "name": "x"}).status == 201


def test_a_supplier_s_client_needs_the_supplier_unless_it_may_be_absent(tenant: TestTenant) -> None:
    words = ("client", "create", "--tenant", tenant.row.code, "--party", "supplier", "--party-id", "S1")
    assert _refused(*words) == (
        f"{tenant.row.name} has no supplier 'S1': create it over the API first, or say --allow-absent."
    )
    assert not Application.objects.filter(tenant=tenant.id).exclude(party_type="tenant").exists()
    assert _told(*words, "--allow-absent")["partyId"] == "S1"
    make_supplier(tenant, "S1")
    made = _told(*words, "--name", "ERP", "--scopes", "inventory:read")
    assert (made["name"], made["scopes"]) == ("ERP", ["inventory:read"])
    assert _calls(made).get("/v1/inventory").status == 200


def test_another_tenant_s_supplier_does_not_count(tenant: TestTenant, other_tenant: TestTenant) -> None:
    make_supplier(other_tenant, "S1")
    words = ("client", "create", "--tenant", tenant.row.code, "--party", "supplier", "--party-id", "S1")
    assert "has no supplier 'S1'" in _refused(*words)


def test_a_scope_that_the_party_may_never_have_is_refused(tenant: TestTenant) -> None:
    make_supplier(tenant, "S1")
    words = ("client", "create", "--tenant", tenant.row.code, "--party", "supplier", "--party-id", "S1")
    assert (
        _refused(*words, "--scopes", "retail_partners:write") == "A supplier client may not have retail_partners:write."
    )


def test_what_is_asked_wrongly_ends_with_2_and_what_is_refused_with_1(tenant: TestTenant) -> None:
    code = tenant.row.code
    for words, exit_code, said in (
        (("client", "create", "--tenant", "none-such", "--party", "operator"), 1, "There is no tenant 'none-such'"),
        (("client", "create", "--tenant", code, "--party", "supplier"), 2, "needs --party-id"),
        (("client", "create", "--tenant", code, "--party", "operator", "--party-id", "X"), 2, "does not go with"),
        (("client", "create", "--tenant", code, "--party", "customer"), 2, "invalid choice"),
        (("tenant",), 2, "required: ACTION"),
    ):
        ended = manage(*words)
        assert (ended.code, ended.out) == (exit_code, "")
        assert said in ended.err


def test_a_database_that_is_away_is_one_sentence_with_its_remedy() -> None:
    away = manage_elsewhere("tenant", "create", "x", DATABASE_URL="postgresql://nobody:secret@127.0.0.1:1/none")
    assert (away.code, away.out) == (1, "")
    assert away.err == (
        "CommandError: The database at 127.0.0.1:1 does not answer: start it (`make up` in a checkout) or correct"
        " DATABASE_URL.\n"
    )


def test_a_person_signs_in_with_the_first_password_and_has_the_role(tenant: TestTenant) -> None:
    words = ("person", "add", f"maria{tenant.id}", "--tenant", tenant.row.code)
    made = _told(*words, "--role", "auditor")
    assert (made["tenant"], made["role"]) == (tenant.row.code, "auditor")
    browser = Client()
    answer = browser.post("/admin/login/", {"username": made["username"], "password": made["firstPassword"]})
    assert answer.status_code == 302
    assert browser.get("/admin/suppliers/supplier/").status_code == 200
    changed = _told(*words, "--role", "tenant_admin")
    assert (changed["role"], changed["previousRole"], changed["firstPassword"]) == ("tenant_admin", "auditor", None)
    assert [membership.role for membership in Membership.objects.filter(tenant=tenant.row)] == ["tenant_admin"]


def test_a_person_who_was_removed_sees_nothing_from_the_next_page_on(tenant: TestTenant) -> None:
    name = f"paolo{tenant.id}"
    made = _told("person", "add", name, "--tenant", tenant.row.code, "--role", "auditor")
    browser = Client()
    browser.post("/admin/login/", {"username": name, "password": made["firstPassword"]})
    _told("person", "remove", name, "--tenant", tenant.row.code)
    assert browser.get("/admin/suppliers/supplier/").status_code == 403
    again = _refused("person", "remove", name, "--tenant", tenant.row.code)
    assert again == f"{name} has no role in {tenant.row.code}."


def test_nobody_is_added_to_a_tenant_that_is_absent_or_under_an_impossible_name(tenant: TestTenant) -> None:
    before = User.objects.count()
    assert "tenant create" in _refused("person", "add", "x", "--tenant", "NONE", "--role", "auditor")
    assert "valid username" in _refused("person", "add", "a b", "--tenant", tenant.row.code, "--role", "auditor")
    assert User.objects.count() == before


@pytest.mark.parametrize(
    "words",
    [("tenant",), ("tenant", "create"), ("person", "add"), ("client", "create"), ("check_books",)],
    ids=" ".join,
)
def test_help_ends_with_examples_that_name_the_command(words: tuple[str, ...]) -> None:
    told = manage(*words, "--help")
    assert told.code == 0
    _, _, examples = told.out.partition("examples:\n")
    assert all(line.startswith(f"  python manage.py {words[0]}") for line in examples.strip("\n").split("\n"))
    assert "\x1b" not in told.out
