"""`manage.py seed_sandbox`: a second run keeps data and credentials."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.access.models import Application
from apps.access.types import IssuedClient
from apps.tenancy.models import Membership, User
from sandbox.credentials import read_credentials
from sandbox.state_dir import StateDir
from tests.support.api import ApiClient


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    monkeypatch.setenv("STOCKWIRE_STATE_DIR", str(tmp_path))
    return StateDir(tmp_path)


def stock_of(place: StateDir, tenant: str, party: str) -> dict[str, Any]:
    """Return what a seeded client sees of the stock, by product."""
    person = next(
        person for person in read_credentials(place).principals if (person.tenant, person.party) == (tenant, party)
    )
    issued = IssuedClient(0, person.client_id, person.client_secret, person.scopes)
    rows = ApiClient(issued).get("/v1/inventory").json["data"]
    return {row["productId"]: row for row in rows}


def test_a_second_run_keeps_credentials_and_stock(place: StateDir) -> None:
    call_command("seed_sandbox")
    first, stock = place.credentials.read_text(), stock_of(place, "Scorchworks", "operator")
    call_command("seed_sandbox")
    assert place.credentials.read_text() == first
    assert stock_of(place, "Scorchworks", "operator") == stock
    assert place.credentials.stat().st_mode & 0o777 == 0o600


def test_every_party_sees_its_tenant_s_stock_and_nobody_another_s(place: StateDir) -> None:
    call_command("seed_sandbox")
    for party in ("operator", "supplier", "retailer"):
        assert set(stock_of(place, "Scorchworks", party)) == {"HOTSAUCE789", "HOTSAUCE790", "CHILIOIL100"}
        assert set(stock_of(place, "Fieldline", party)) == {"TENT-2P", "STOVE-GAS"}
    assert "inventoryLevel" not in stock_of(place, "Scorchworks", "retailer")["HOTSAUCE789"]


def test_lost_credentials_are_replaced_and_the_clients_before_are_disabled(place: StateDir) -> None:
    call_command("seed_sandbox")
    before = read_credentials(place)
    place.credentials.unlink()
    call_command("seed_sandbox")
    after = read_credentials(place)
    assert {person.client_id for person in before.principals}.isdisjoint(p.client_id for p in after.principals)
    old = Application.objects.filter(client_id__in=[person.client_id for person in before.principals])
    assert [client.disabled_at is None for client in old] == [False] * 6
    assert before.admin is not None
    assert after.admin is not None
    assert before.admin.password != after.admin.password


def test_the_login_of_the_admin_works_and_belongs_to_both_tenants(place: StateDir) -> None:
    call_command("seed_sandbox")
    admin = read_credentials(place).admin
    assert admin is not None
    user = User.objects.get(username=admin.username)
    assert user.check_password(admin.password)
    assert (user.is_staff, user.is_superuser) == (True, True)
    memberships = Membership.objects.filter(user=user).values_list("tenant__name", "role")
    assert sorted(memberships) == [("Fieldline", "tenant_admin"), ("Scorchworks", "tenant_admin")]


def test_one_new_tenant_with_clients_on_demand(tmp_path: Path) -> None:
    file = tmp_path / "made.json"
    call_command(
        "seed_sandbox", "--tenant", "Demo 1", "--supplier", "S", "--retailer", "A", "--retailer", "B", output=file
    )
    principals = json.loads(file.read_text())["principals"]
    assert [(person["party"], person["partyId"]) for person in principals] == [
        ("operator", ""),
        ("supplier", "S"),
        ("retailer", "A"),
        ("retailer", "B"),
    ]


def test_a_new_tenant_needs_a_file_for_its_secrets() -> None:
    with pytest.raises(CommandError, match="--output"):
        call_command("seed_sandbox", "--tenant", "Demo 1")
