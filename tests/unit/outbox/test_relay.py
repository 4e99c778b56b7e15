"""The relay's step, and forgetting keys, against the database."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.conf import settings as django_settings

from apps.core.context import CallContext, PartyType, Principal
from apps.outbox.commands.forget_idempotency_keys import forget_idempotency_keys
from apps.outbox.domain import relay
from apps.outbox.domain.relay import RelayConnection, relay_events
from apps.outbox.models import IdempotencyRecord, LoggedEventRow
from apps.outbox.types import Event, RelayedRange
from apps.outbox.unit_of_work import UnitOfWork, as_tenant, use_case
from tests.support.api import TestTenant


@use_case(bool)
def _emit(uow: UnitOfWork, count: int) -> bool:
    for number in range(count):
        uow.emit(Event(type="test.happened", subject="T", sequence=number, facts={"number": number}))
    return True


def _ctx(tenant: TestTenant) -> CallContext:
    principal = Principal(tenant_id=tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    return CallContext(principal=principal, now=datetime.now(UTC), request_id="test")


async def _step() -> list[RelayedRange]:
    async with await psycopg.AsyncConnection.connect(django_settings.DATABASE_RELAY_URL, autocommit=True) as connection:
        return await relay_events(connection)


def _of(tenant: TestTenant, ranges: list[RelayedRange]) -> list[tuple[int, int]]:
    return [(each.first_position, each.last_position) for each in ranges if each.tenant_id == tenant.id]


def test_positions_are_dense_in_each_tenant(tenant: TestTenant, other_tenant: TestTenant) -> None:
    _emit(_ctx(tenant), 3)
    _emit(_ctx(other_tenant), 2)
    first = asyncio.run(_step())
    assert (_of(tenant, first), _of(other_tenant, first)) == ([(1, 3)], [(1, 2)])
    _emit(_ctx(tenant), 1)
    assert _of(tenant, asyncio.run(_step())) == [(4, 4)]
    assert _of(tenant, asyncio.run(_step())) == []
    with as_tenant(tenant.id):
        rows = LoggedEventRow.objects.filter(tenant_id=tenant.id).order_by("position")
        assert list(rows.values_list("position", "sequence")) == [(1, 0), (2, 1), (3, 2), (4, 0)]


def test_a_consumer_that_fails_leaves_everything_where_it_was(
    tenant: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(connection: RelayConnection, ranges: object) -> None:
        raise RuntimeError

    _emit(_ctx(tenant), 2)
    with monkeypatch.context() as patch:
        patch.setattr(relay, "_consumers", lambda: (broken,))
        with pytest.raises(RuntimeError):
            asyncio.run(_step())
    with as_tenant(tenant.id):
        assert LoggedEventRow.objects.filter(tenant_id=tenant.id).count() == 0
    assert _of(tenant, asyncio.run(_step())) == [(1, 2)]


def test_two_relays_never_share_a_tenant(tenant: TestTenant) -> None:
    async def both() -> list[list[RelayedRange]]:
        return list(await asyncio.gather(_step(), _step(), _step()))

    for _ in range(10):
        _emit(_ctx(tenant), 5)
        found = [each for ranges in asyncio.run(both()) for each in _of(tenant, ranges)]
        found += _of(tenant, asyncio.run(_step()))
        assert sum(last - first + 1 for first, last in found) == 5
    with as_tenant(tenant.id):
        positions = LoggedEventRow.objects.filter(tenant_id=tenant.id).order_by("position")
        assert list(positions.values_list("position", flat=True)) == list(range(1, 51))


def test_keys_are_forgotten_after_72_hours(tenant: TestTenant) -> None:
    now = datetime.now(UTC)
    with as_tenant(tenant.id):
        for key, age in (("old", timedelta(hours=73)), ("young", timedelta(hours=71))):
            IdempotencyRecord.objects.create(
                key=key, tenant_id=tenant.id, application_id=1, fingerprint=b"x", facts={}, created_at=now - age
            )
    assert forget_idempotency_keys() >= 1
    with as_tenant(tenant.id):
        kept = IdempotencyRecord.objects.filter(tenant_id=tenant.id).values_list("key", flat=True)
        assert list(kept) == ["young"]
