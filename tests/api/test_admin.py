"""The admin: inside one tenant; its pages only read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from apps.access.commands.issue_client import issue_client
from apps.core.admin import ReadOnlyAdmin, TenantAdmin
from apps.core.context import PartyType
from apps.inventory.models import Batch, StockItem, StockLevel, Warehouse
from apps.outbox.models import IdempotencyRecord, OutboxMessage
from apps.outbox.unit_of_work import as_tenant
from apps.products.models import Product
from apps.retail_partners.models import RetailPartner, SupplyAgreement
from apps.suppliers.models import Supplier
from apps.tenancy.models import Membership, RetiredCode, Tenant, User
from apps.tenancy.types import Role
from apps.webhooks.models import Webhook
from tests.support.people import make_person, signed_in

NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
OF_TENANTS = [model for model in REGISTERED if isinstance(admin.site._registry[model], TenantAdmin)]


@dataclass
class House:
    """A tenant with a row of nearly everything; `mark` stands in the row's texts."""

    tenant: Tenant
    mark: str
    rows: list[Model]
    client_id: str


def make_house() -> House:
    mark = f"X{uuid4().hex[:10]}"
    tenant = Tenant.objects.create(name=f"Tenant {mark}")
    client = issue_client(tenant_id=tenant.pk, name=f"Client {mark}", party=PartyType.TENANT)
    with as_tenant(tenant.pk):
        rows = list(_rows(tenant, mark))
    return House(tenant, mark, rows, client.client_id)


def _rows(tenant: Tenant, mark: str) -> Iterator[Model]:
    master: dict[str, Any] = {"tenant": tenant, "created_at": NOW, "updated_at": NOW}
    event = {"event_id": uuid4(), "type": "supplier.created", "subject": mark, "sequence": 1, "occurred_at": NOW}
    yield (supplier := Supplier.objects.create(id=f"S{mark}", name=mark, **master))
    yield (partner := RetailPartner.objects.create(id=f"R{mark}", name=mark, **master))
    yield (product := Product.objects.create(id=f"P{mark}", sku=mark, name=mark, **master))
    yield (warehouse := Warehouse.objects.create(id=f"W{mark}", name=mark, **master))
    yield SupplyAgreement.objects.create(id=f"A{mark}", retail_partner=partner, supplier=supplier, **master)
    yield Webhook.objects.create(
        id=f"H{mark}", url=f"https://{mark}.example", event_types=["inventory.updated"], **master
    )
    yield RetiredCode.objects.create(tenant=tenant, kind="supplier", code=f"O{mark}")
    yield (item := StockItem.objects.create(tenant=tenant, supplier=supplier, product=product, updated_at=NOW))
    yield StockLevel.objects.create(
        tenant=tenant, item=item, warehouse=warehouse, owner_type="tenant", batch_number=mark
    )
    yield Batch.objects.create(tenant=tenant, supplier=supplier, product=product, number=mark)
    yield OutboxMessage.objects.create(tenant_id=tenant.pk, facts={}, **event)
    yield IdempotencyRecord.objects.create(
        tenant_id=tenant.pk, application_id=1, key=mark, fingerprint=b"x", facts={"secret": "facts"}, created_at=NOW
    )


def list_url(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_url(row: Model) -> str:
    return f"{list_url(type(row))}{quote(row.pk)}/change/"


@pytest.fixture(scope="module")
def houses() -> tuple[House, House]:
    return make_house(), make_house()


@pytest.fixture(scope="module")
def member(houses: tuple[House, House]) -> Client:
    return signed_in(make_person(houses[0].tenant))


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_look(houses: tuple[House, House], role: Role) -> None:
    client = signed_in(make_person(houses[0].tenant, role=role))
    assert houses[0].mark in client.get(list_url(Supplier)).content.decode()


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_answers_and_is_searched(member: Client, model: type[Model]) -> None:
    assert member.get(list_url(model)).status_code == 200
    assert member.get(list_url(model), {"q": "nothing like it"}).status_code == 200


def test_lists_show_the_tenant_s_rows_and_no_other_s(houses: tuple[House, House], member: Client) -> None:
    own, foreign = houses
    for row in own.rows:
        text = member.get(list_url(type(row))).content.decode()
        assert own.mark in text, row
        assert foreign.mark not in text, row


def test_every_row_has_its_page(houses: tuple[House, House], member: Client) -> None:
    for row in houses[0].rows:
        if not isinstance(row, IdempotencyRecord):
            assert member.get(page_url(row)).status_code == 200, row


def test_another_tenant_s_row_answers_as_one_that_does_not_exist(houses: tuple[House, House], member: Client) -> None:
    for row in houses[1].rows:
        answer = member.get(page_url(row))
        assert (answer.status_code, answer["Location"]) == (302, "/admin/"), row
    absent = member.get(f"{list_url(Supplier)}NONE/change/")
    assert (absent.status_code, absent["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_nothing_is_added_changed_or_deleted(houses: tuple[House, House], member: Client, model: type[Model]) -> None:
    assert isinstance(admin.site._registry[model], ReadOnlyAdmin)
    assert member.post(f"{list_url(model)}add/", {}).status_code == 403
    for row in (row for row in houses[0].rows if type(row) is model and not isinstance(row, IdempotencyRecord)):
        assert member.post(page_url(row), {"name": "changed"}).status_code == 403
        assert member.post(page_url(row).replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403


def test_a_superuser_changes_nothing_either(houses: tuple[House, House]) -> None:
    client = signed_in(make_person(houses[0].tenant, is_superuser=True))
    assert client.post(page_url(houses[0].rows[0]), {"name": "changed"}).status_code == 403
    assert client.post(f"{list_url(User)}add/", {}).status_code == 403


def test_a_person_switches_between_tenants_of_their_own(houses: tuple[House, House]) -> None:
    client = signed_in(make_person(houses[0].tenant, houses[1].tenant))
    for house, other in (houses, houses[::-1]):
        assert client.post("/admin/tenant", {"tenant": house.tenant.code}).status_code == 302
        text = client.get(list_url(Supplier)).content.decode()
        assert f"S{house.mark}" in text
        assert f"S{other.mark}" not in text
        assert f'value="{house.tenant.code}" selected' in text


def test_nobody_switches_to_a_tenant_that_is_not_theirs(houses: tuple[House, House]) -> None:
    member = signed_in(make_person(houses[0].tenant))
    assert member.post("/admin/tenant", {"tenant": houses[1].tenant.code}).status_code == 404
    assert member.get("/admin/tenant").status_code == 405
    assert f"S{houses[1].mark}" not in member.get(list_url(Supplier)).content.decode()


def test_the_switch_is_protected_against_other_sites(houses: tuple[House, House]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(houses[0].tenant))
    assert client.post("/admin/tenant", {"tenant": houses[0].tenant.code}).status_code == 403


@pytest.mark.parametrize("is_superuser", [False, True])
def test_without_a_membership_no_tenant_s_model_shows(houses: tuple[House, House], *, is_superuser: bool) -> None:
    client = signed_in(make_person(is_superuser=is_superuser))
    index = client.get("/admin/")
    assert index.status_code == 200
    for model in OF_TENANTS:
        assert client.get(list_url(model)).status_code == 403, model
        assert f'href="{list_url(model)}"' not in index.content.decode()
    tenants = client.get(list_url(Tenant), {"q": houses[0].mark})
    assert tenants.status_code == (200 if is_superuser else 403)
    assert (houses[0].tenant.code in tenants.content.decode()) is is_superuser


def test_people_see_the_people_and_clients_of_their_tenant_only(houses: tuple[House, House]) -> None:
    own, foreign = houses
    colleague, stranger = make_person(own.tenant), make_person(foreign.tenant)
    client = signed_in(make_person(own.tenant))
    users = client.get(list_url(User)).content.decode()
    assert colleague.username in users
    assert stranger.username not in users
    assert stranger.username not in client.get(list_url(Membership)).content.decode()
    assert foreign.tenant.code not in client.get(list_url(Tenant)).content.decode()
    applications = client.get("/admin/access/application/").content.decode()
    assert own.client_id in applications
    assert foreign.client_id not in applications


def test_secrets_and_facts_have_no_page(houses: tuple[House, House], member: Client) -> None:
    own = houses[0]
    applications = member.get("/admin/access/application/").content.decode()
    page = re.search(r"/admin/access/application/\d+/change/", applications)
    assert page is not None
    assert "keyed_sha256" not in member.get(page[0]).content.decode()
    assert "pbkdf2" not in member.get(page_url(make_person(own.tenant))).content.decode()
    record = next(row for row in own.rows if isinstance(row, IdempotencyRecord))
    assert "facts" not in member.get(list_url(IdempotencyRecord)).content.decode()
    assert member.get(page_url(record)).status_code == 302


def test_lists_need_the_same_queries_for_one_row_and_for_three(
    houses: tuple[House, House], django_assert_num_queries: Any
) -> None:
    house = make_house()
    client = signed_in(make_person(house.tenant))
    client.get(list_url(StockLevel))
    # Session, user, memberships; BEGIN, the tenant, the count, the rows, COMMIT.
    with django_assert_num_queries(8):
        client.get(list_url(StockLevel))
    with as_tenant(house.tenant.pk):
        level = next(row for row in house.rows if isinstance(row, StockLevel))
        for number in ("B2", "B3"):
            StockLevel.objects.create(
                tenant=house.tenant,
                item=level.item,
                warehouse=level.warehouse,
                owner_type="tenant",
                batch_number=number,
            )
    with django_assert_num_queries(8):
        client.get(list_url(StockLevel))


def test_pages_allow_no_inline_script(houses: tuple[House, House], member: Client) -> None:
    for path in ("/admin/", list_url(Supplier), page_url(houses[0].rows[0])):
        page = member.get(path)
        assert "script-src 'self' 'unsafe-eval';" in page["Content-Security-Policy"]
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.content.decode()) == []
        # A browser posts forms with `Origin: null` under `no-referrer`, and the CSRF check refuses them.
        assert page["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "address",
    [
        "/admin/tenancy/user/?password__startswith=pbkdf2",
        "/admin/tenancy/user/?password__regex=.",
        "/admin/tenancy/membership/?user__password__startswith=p",
        "/admin/access/application/?client_secret__startswith=k",
        "/admin/access/application/?previous_client_secret__isnull=1",
        "/admin/oauth2_provider/accesstoken/?token_checksum__startswith=0",
        "/admin/webhooks/webhook/?secrets__isnull=1",
        "/admin/suppliers/supplier/?name__startswith=S",
    ],
)
def test_a_filter_tells_nothing_that_the_page_does_not_offer(member: Client, address: str) -> None:
    # Django answers a filter that it does not allow with 400.
    assert member.get(address).status_code == 400


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_no_list_is_filtered_by_a_hidden_field(model: type[Model]) -> None:
    page: Any = admin.site._registry[model]
    offered = {each for each in page.list_filter if isinstance(each, str)} | set(page.linked_filters)
    assert offered.isdisjoint(page.hidden_fields)


@pytest.mark.parametrize(
    "address",
    ["/admin/inventory/warehouse/?status=%00", "/admin/inventory/warehouse/%00/change/", "/admin/?x=%ff"],
)
def test_an_address_that_is_no_text_is_refused(member: Client, address: str) -> None:
    assert member.get(address).status_code == 400
