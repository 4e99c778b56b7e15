"""Contract, section 2: stock that is held for somebody, given back, shipped, or taken back when its time is over."""

from datetime import UTC, datetime, timedelta

from apps.core.context import CallContext, PartyType, Principal
from apps.inventory.commands.expire_reservations import expire_reservations
from tests.support.stock import Given, Item, nothing_moves, refused, wait_for


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


def _held(item: Item, quantity: int, **members: str) -> str:
    return str(item.posted("reservation", quantity, **members)["reservationId"])


def test_a_reservation_holds_available_stock_and_is_named(given: Given) -> None:
    item = given.stocked(10)
    body = item.posted("reservation", 4, reference="CART-1")
    assert item.balances == (10, 4, 0, 6)
    assert body["reservationId"].startswith("res_")
    assert [row["reservationId"] for row in body["transactions"]] == [body["reservationId"]]
    row = item.ledger[-1]
    assert (row["inventoryLevelChange"], row["reservedChange"], row["quantity"]) == (0, 4, 4)


def test_a_release_gives_everything_back_unless_it_says_how_much(given: Given) -> None:
    item = given.stocked(10)
    reservation = _held(item, 6)
    assert item.posted("release", 2, reservationId=reservation)["reservationId"] == reservation
    assert item.balances == (10, 4, 0, 6)
    item.posted("release", reservationId=reservation)
    assert item.balances == (10, 0, 0, 10)
    assert [row["reservedChange"] for row in item.ledger] == [0, 6, -2, -4]


def test_a_second_release_is_harmless(given: Given) -> None:
    item = given.stocked(10)
    reservation = _held(item, 6)
    item.posted("release", reservationId=reservation)
    before = item.get()
    for quantity in (None, 6, 1):
        with_key = given.tenant.operator  # the key of each try is a row; nothing else may be
        again = item.post("release", quantity, reservationId=reservation, by=with_key)
        assert (again.status, again.json["transactions"], again.json["reservationId"]) == (201, [], reservation)
        assert again.json["item"] == before.json
        assert "Location" not in again.headers
    assert item.get().content == before.content
    assert len(item.ledger) == 3


def test_no_more_is_released_than_is_held(given: Given) -> None:
    item = given.stocked(10)
    reservation = _held(item, 4)
    item.posted("release", 1, reservationId=reservation)
    with nothing_moves(given.tenant):
        over = item.post("release", 4, reservationId=reservation)
        refused(over, 409, "insufficient_stock", available=3, requested=4, reservationState="held")


def test_a_shipment_uses_up_its_reservation(given: Given) -> None:
    item = given.stocked(10)
    reservation = _held(item, 6)
    item.posted("shipment", 2, reservationId=reservation)
    assert item.balances == (8, 4, 0, 4)
    row = item.ledger[-1]
    assert (row["inventoryLevelChange"], row["reservedChange"], row["reservationId"]) == (-2, -2, reservation)
    with nothing_moves(given.tenant):
        over = item.post("shipment", 5, reservationId=reservation)
        refused(over, 409, "insufficient_stock", available=4, requested=5)
    item.posted("shipment", 4, reservationId=reservation)
    assert item.balances == (4, 0, 0, 4)
    with nothing_moves(given.tenant):
        for kind, quantity in (("shipment", 1), ("release", None)):
            late = item.post(kind, quantity, reservationId=reservation)
            refused(late, 409, "insufficient_stock", available=0, reservationState="committed")


def test_the_owner_of_the_last_reservation_ships_though_nothing_is_available(given: Given) -> None:
    item = given.stocked(5)
    reservation = _held(item, 5)
    with nothing_moves(given.tenant):
        refused(item.post("shipment", 1), 409, "insufficient_stock", available=0, requested=1)
    item.posted("shipment", 5, reservationId=reservation)
    assert item.balances == (0, 0, 0, 0)


def test_a_released_reservation_ships_nothing(given: Given) -> None:
    item = given.stocked(5)
    reservation = _held(item, 5)
    item.posted("release", reservationId=reservation)
    with nothing_moves(given.tenant):
        late = item.post("shipment", 1, reservationId=reservation)
        refused(late, 409, "insufficient_stock", available=0, requested=1, reservationState="released")


def test_a_reservation_over_several_levels_gives_back_to_each(given: Given) -> None:
    item = given.stocked(3, batch="SOON", expires="2998-01-01")
    given.stocked(5, batch="LATE", expires="2999-01-01")
    reservation = _held(item, 6)
    assert item.levels == {("W1", "SOON"): (3, 3, 0, 0), ("W1", "LATE"): (5, 3, 0, 2)}
    item.posted("shipment", 4, reservationId=reservation)
    assert item.levels == {("W1", "SOON"): (0, 0, 0, 0), ("W1", "LATE"): (4, 2, 0, 2)}
    item.posted("release", reservationId=reservation)
    assert item.levels == {("W1", "SOON"): (0, 0, 0, 0), ("W1", "LATE"): (4, 0, 0, 4)}


def test_a_reservation_belongs_to_its_item(given: Given) -> None:
    first = given.stocked(5)
    second = given.stocked(5, product="P2")
    reservation = _held(first, 2)
    with nothing_moves(given.tenant):
        for kind, quantity in (("release", None), ("shipment", 1)):
            other = second.post(kind, quantity, reservationId=reservation)
            refused(other, 404, "not_found", pointer="#/reservationId")


def test_what_has_expired_is_taken_back_by_the_next_movement(given: Given) -> None:
    item = given.stocked(10)
    ends = _soon()
    reservation = _held(item, 8, expiresAt=ends.isoformat(), reference="CART")
    lasting = _held(item, 1, expiresAt="2999-01-01T00:00:00Z")
    assert item.balances == (10, 9, 0, 1)
    wait_for(ends)
    item.posted("sale", 9)
    assert item.balances == (1, 1, 0, 0)
    assert [(row["type"], row["reservedChange"], row["reason"], row["reference"]) for row in item.ledger[-2:]] == [
        ("release", -8, "expired", "CART"),
        ("sale", 0, None, None),
    ]
    assert item.version == 5
    assert item.post("release", reservationId=reservation).json["transactions"] == []
    item.posted("release", reservationId=lasting)
    assert item.balances == (1, 0, 0, 1)


def test_an_expired_reservation_ships_nothing(given: Given) -> None:
    item = given.stocked(10)
    ends = _soon()
    reservation = _held(item, 8, expiresAt=ends.isoformat())
    wait_for(ends)
    late = item.post("shipment", 1, reservationId=reservation)
    refused(late, 409, "insufficient_stock", available=0, requested=1, reservationState="expired")
    assert item.balances == (10, 0, 0, 10)


def test_the_sweeper_takes_back_what_no_movement_did(given: Given) -> None:
    first = given.stocked(10)
    second = given.stocked(5, product="P2")
    theirs = given.stocked(4, partner="R1", warehouse="RW")
    ends = _soon()
    for item in (first, second, theirs):
        _held(item, 3, expiresAt=ends.isoformat())
    _held(first, 1, expiresAt="2999-01-01T00:00:00Z")
    wait_for(ends)
    principal = Principal(tenant_id=given.tenant.id, application_id=0, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=principal, now=datetime.now(UTC), request_id="")
    assert expire_reservations(ctx).result == 3
    assert (first.balances, second.balances, theirs.balances) == ((10, 1, 0, 9), (5, 0, 0, 5), (4, 0, 0, 4))
    with nothing_moves(given.tenant):
        assert expire_reservations(ctx).result == 0


def test_a_sweep_of_one_tenant_leaves_the_others_alone(given: Given) -> None:
    item = given.stocked(10)
    ends = _soon()
    _held(item, 3, expiresAt=ends.isoformat())
    wait_for(ends)
    stranger = Principal(tenant_id=given.tenant.id + 1_000_000, application_id=0, party=PartyType.TENANT, party_id="")
    ctx = CallContext(principal=stranger, now=datetime.now(UTC), request_id="")
    with nothing_moves(given.tenant):
        assert expire_reservations(ctx).result == 0
