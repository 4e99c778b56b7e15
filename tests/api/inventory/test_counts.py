"""Counts in sessions: what was counted, beside what the books said then, and booked all at once."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.api import ApiAnswer, ApiClient, TestTenant
from tests.support.stock import Given, Item, fresh_key, nothing_moves, refused, wait_for

_LINE = {"supplierId": "S1", "productId": "P1"}


class Session:
    """A count as its tests handle it, as the tenant's staff unless `by` says otherwise."""

    def __init__(self, tenant: TestTenant, warehouse: str = "W1", by: ApiClient | None = None, **members: Any) -> None:
        self.client = by or tenant.operator
        opened = self.client.post("/v1/counts", {"warehouseLocation": warehouse, **members})
        assert opened.status == 201, opened.json
        self.opened = opened
        self.path = f"/v1/counts/{opened.json['countId']}"

    def count(self, quantity: int | None, **members: Any) -> ApiAnswer:
        """Write down one line; `if_match` is a header."""
        headers = {"if_match": members.pop("if_match")} if "if_match" in members else {}
        return self.lines({**_LINE, "quantity": quantity, **members}, **headers)

    def lines(self, *lines: dict[str, Any], **headers: str) -> ApiAnswer:
        """Write down lines."""
        return self.client.post(f"{self.path}/lines", {"lines": list(lines)}, key=fresh_key(), **headers)

    def counted(self, quantity: int | None, **members: Any) -> dict[str, Any]:
        """Write down one line that is taken."""
        answer = self.count(quantity, **members)
        assert answer.status == 200, answer.json
        body: dict[str, Any] = answer.json
        return body

    def approve(self, *, key: str | None = None, **headers: str) -> ApiAnswer:
        """Approve it."""
        return self.client.request("POST", f"{self.path}/approve", idempotency_key=key or fresh_key(), **headers)

    def approved(self) -> dict[str, Any]:
        """Approve it, which succeeds."""
        answer = self.approve()
        assert answer.status == 200, answer.json
        body: dict[str, Any] = answer.json
        return body

    def cancel(self) -> ApiAnswer:
        """Cancel it."""
        return self.client.request("POST", f"{self.path}/cancel", idempotency_key=fresh_key())

    @property
    def now(self) -> dict[str, Any]:
        """The count as it reads."""
        body: dict[str, Any] = self.client.get(self.path).json
        return body


def _passed() -> str:
    """Return a moment that has passed when this returns: what is booked from now on happens after it."""
    moment = datetime.now(UTC)
    wait_for(moment)
    return moment.isoformat()


def _differences(body: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    return [
        (line["quantity"], line["expectedQuantity"], line["difference"], line["movedSince"]) for line in body["lines"]
    ]


def _levels(*found: tuple[str | None, int]) -> list[dict[str, Any]]:
    return [{"warehouseLocation": "W1", "batchNumber": batch, "inventoryLevel": quantity} for batch, quantity in found]


def _bookings(item: Item) -> list[tuple[str, int, int]]:
    return [(row["type"], row["inventoryLevelChange"], row["reservedChange"]) for row in item.ledger]


def test_a_count_is_opened_read_and_listed(given: Given) -> None:
    given.warehouse("W1")
    session = Session(given.tenant, countId="C1", reference="Yearly")
    created = session.opened
    assert (created.headers["Location"], created.headers["ETag"][:3]) == ("/v1/counts/C1", '"1.')
    assert {name: created.json[name] for name in ("countId", "warehouseLocation", "reference", "status")} == {
        "countId": "C1",
        "warehouseLocation": "W1",
        "reference": "Yearly",
        "status": "open",
    }
    assert (created.json["lines"], created.json["uncounted"]) == ([], {"number": 0, "levels": []})
    got = given.tenant.operator.get("/v1/counts/C1")
    assert (got.json, got.headers["ETag"]) == (created.json, created.headers["ETag"])
    Session(given.tenant)
    listed = given.tenant.operator.get("/v1/counts?orderBy=createdAt&status=open").json["data"]
    assert [(row["countId"][:4], row["lineCount"], "lines" in row) for row in listed] == [
        ("C1", 0, False),
        ("cnt_", 0, False),
    ]
    again = given.tenant.operator.post("/v1/counts", {"countId": "C1", "warehouseLocation": "W1"})
    refused(again, 409, "already_exists", value="C1")
    absent = given.tenant.operator.post("/v1/counts", {"warehouseLocation": "W9"})
    refused(absent, 404, "not_found", pointer="#/warehouseLocation")


def test_a_line_stands_beside_what_the_books_said_when_it_was_counted(given: Given) -> None:
    item = given.stocked(10)
    session = Session(given.tenant)
    counted = _passed()
    item.posted("sale", 3)
    item.posted("receipt", 1, warehouseLocation="W1")
    line = session.counted(9, countedAt=counted)["lines"][0]
    assert (line["expectedQuantity"], line["difference"], line["movedSince"]) == (10, -1, -2)
    assert (line["superseded"], line["displacedQuantity"], line["transactionId"]) == (False, None, None)
    item.posted("sale", 1)
    assert _differences(session.now) == [(9, 10, -1, -3)]
    assert item.balances == (7, 0, 0, 7)  # nothing is booked yet


def test_approval_books_the_differences_and_erases_no_sale(given: Given) -> None:
    item, other = given.stocked(10), given.stocked(5, product="P2")
    session = Session(given.tenant, countId="C1")
    counted = _passed()
    item.posted("sale", 3)
    session.lines(
        {**_LINE, "quantity": 9, "countedAt": counted},
        {**_LINE, "productId": "P2", "quantity": 5, "countedAt": counted},
    )
    item.posted("sale", 2)
    body = session.approved()
    assert (body["status"], body["version"], body["closedAt"] is not None) == ("approved", 3, True)
    assert _differences(body) == [(9, 10, -1, -5), (5, 5, 0, 0)]
    assert (item.balances, other.balances) == ((4, 0, 0, 4), (5, 0, 0, 5))
    # The ledger says that somebody counted, also where nothing differed, and when.
    booked = [each.ledger[-1] for each in (item, other)]
    assert [(row["type"], row["inventoryLevelChange"], row["reference"]) for row in booked] == [
        ("count", -1, "C1"),
        ("count", 0, "C1"),
    ]
    assert [row["transactionId"] for row in booked] == [line["transactionId"] for line in body["lines"]]
    assert {datetime.fromisoformat(row["occurredAt"]) for row in booked} == {datetime.fromisoformat(counted)}
    item.posted("sale", 1)
    assert session.now == body  # what was approved stays as it was


def test_a_line_replaces_the_one_before_about_the_same_level(given: Given) -> None:
    given.stocked(10)
    session = Session(given.tenant)
    first = session.counted(9)
    second = session.counted(8)
    assert [(body["version"], body["lineCount"]) for body in (first, second)] == [(2, 1), (3, 1)]
    assert _differences(session.now) == [(8, 10, -2, 0)]


def test_a_line_without_a_quantity_is_taken_out(given: Given) -> None:
    item = given.stocked(10)
    session = Session(given.tenant)
    session.counted(9)
    gone = session.counted(None)
    assert (gone["lineCount"], gone["lines"], session.now["lines"]) == (0, [], [])
    with nothing_moves(given.tenant):
        refused(session.approve(), 409, "invalid_state")
    assert item.version == 1


def test_what_was_not_counted_is_named_and_left_alone(given: Given) -> None:
    given.stocked(10)
    batch = given.stocked(4, batch="B1")
    other = given.stocked(7, product="P2")
    given.stocked(3, product="P3", warehouse="W2")  # another warehouse is not this count's
    empty = given.stocked(2, product="P4")
    empty.posted("sale", 2)
    session = Session(given.tenant)
    session.counted(11, batchNumber=None)
    missed = {
        "number": 2,
        "levels": [
            {**_LINE, "retailPartnerId": None, "batchNumber": "B1", "inventoryLevel": 4},
            {**_LINE, "productId": "P2", "retailPartnerId": None, "batchNumber": None, "inventoryLevel": 7},
        ],
    }
    assert session.now["uncounted"] == missed
    assert session.approved()["uncounted"] == missed
    other.posted("sale", 1)
    assert session.now["uncounted"] == missed
    assert batch.levels == {("W1", None): (11, 0, 0, 11), ("W1", "B1"): (4, 0, 0, 4)}
    assert other.balances == (6, 0, 0, 6)


def test_only_a_hundred_places_that_were_not_counted_are_named_and_all_are_numbered(given: Given) -> None:
    item = given.item()
    batches = [item.entry("receipt", 1, warehouseLocation="W1", batchNumber=f"B{number:03}") for number in range(103)]
    posted = given.tenant.operator.post("/v1/inventory/batch", {"items": batches}, key=fresh_key())
    assert posted.json["summary"] == {"posted": 103, "refused": 0}
    session = Session(given.tenant)
    session.counted(1, batchNumber="B001")
    uncounted = session.now["uncounted"]
    assert (uncounted["number"], len(uncounted["levels"])) == (102, 100)
    assert [level["batchNumber"] for level in uncounted["levels"][:2]] == ["B000", "B002"]


def test_the_batch_that_is_not_named_is_the_only_one(given: Given) -> None:
    item = given.stocked(10, batch="B1")
    session = Session(given.tenant)
    line = session.counted(8)["lines"][0]
    assert (line["batchNumber"], line["difference"]) == ("B1", -2)
    item.posted("receipt", 5, warehouseLocation="W1", batchNumber="B2")  # B1 is still what was meant
    session.approved()
    assert item.levels == {("W1", "B1"): (8, 0, 0, 8), ("W1", "B2"): (5, 0, 0, 5)}


def test_of_several_batches_one_is_named_or_the_stock_without(given: Given) -> None:
    item = given.stocked(10, batch="B1")
    given.stocked(3)
    session = Session(given.tenant)
    with nothing_moves(given.tenant):
        refused(session.count(8), 400, "ambiguous_level", pointer="#/lines/0", levels=_levels(("B1", 10), (None, 3)))
    session.counted(8, batchNumber="B1")
    session.counted(2, batchNumber=None)
    session.approved()
    assert item.levels == {("W1", "B1"): (8, 0, 0, 8), ("W1", None): (2, 0, 0, 2)}


def test_what_was_never_there_comes_into_being_by_being_counted(given: Given) -> None:
    item = given.item()
    session = Session(given.tenant)
    lines = session.lines({**_LINE, "quantity": 6, "batchNumber": "B7"}).json["lines"]
    assert [(line["batchNumber"], line["difference"]) for line in lines] == [("B7", 6)]
    assert item.get().status == 404
    session.approved()
    assert item.levels == {("W1", "B7"): (6, 0, 0, 6)}


def test_two_lines_about_one_level_are_a_mistake(given: Given) -> None:
    given.stocked(10, batch="B1")
    session = Session(given.tenant)
    twice = session.lines({**_LINE, "quantity": 1}, {**_LINE, "quantity": 2, "batchNumber": "B1"})
    refused(twice, 400, "validation_error", pointer="#/lines/1")
    assert session.now["lines"] == []


def test_a_count_below_what_is_reserved_displaces_the_newest_reservations(given: Given) -> None:
    item = given.stocked(10)
    kept = item.posted("reservation", 4)["reservationId"]
    lost = item.posted("reservation", 5)["reservationId"]
    session = Session(given.tenant)
    session.counted(6)
    line = session.approved()["lines"][0]
    assert (line["difference"], line["displacedQuantity"]) == (-4, 3)
    assert item.balances == (6, 6, 0, 0)
    assert [row["reservationId"] for row in item.ledger if row["reason"] == "displaced"] == [lost]
    item.posted("shipment", 4, reservationId=kept)
    item.posted("shipment", 2, reservationId=lost)
    assert item.balances == (0, 0, 0, 0)


def test_a_displacement_happens_now_and_not_when_somebody_counted(given: Given) -> None:
    item = given.stocked(10)
    counted = _passed()
    item.posted("reservation", 9)
    item.posted("count", 4, warehouseLocation="W1", countedAt=counted)
    released = item.ledger[-2]
    assert (released["type"], released["reason"], released["reservedChange"]) == ("release", "displaced", -5)
    assert released["occurredAt"] == released["recordedAt"]


def test_one_line_that_cannot_be_booked_stops_them_all(given: Given) -> None:
    item, other = given.stocked(10), given.stocked(10, product="P2")
    session = Session(given.tenant)
    counted = _passed()
    session.lines(
        {**_LINE, "productId": "P2", "quantity": 4, "countedAt": counted},
        {**_LINE, "quantity": 2, "countedAt": counted},
    )
    item.posted("sale", 5)  # of two that somebody saw
    with nothing_moves(given.tenant):
        answer = session.approve()
    refused(answer, 409, "insufficient_stock")
    assert [(line["productId"], line["code"]) for line in answer.json["lines"]] == [("P1", "insufficient_stock")]
    session.counted(3)
    session.approved()
    assert (item.balances[0], other.balances[0]) == (3, 4)


def test_a_count_is_decided_once(given: Given) -> None:
    item = given.stocked(10)
    session = Session(given.tenant)
    session.counted(9)
    key = fresh_key()
    first, again = session.approve(key=key), session.approve(key=key)
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (200, first.json, "true")
    with nothing_moves(given.tenant):
        for answer in (session.approve(), session.cancel(), session.count(7)):
            refused(answer, 409, "invalid_state", currentStatus="approved")
    cancelled = Session(given.tenant)
    cancelled.counted(1)
    assert (cancelled.cancel().json["status"], cancelled.now["uncounted"]) == ("cancelled", None)
    with nothing_moves(given.tenant):
        refused(cancelled.approve(), 409, "invalid_state", currentStatus="cancelled")
    assert _bookings(item) == [("receipt", 10, 0), ("count", -1, 0)]


def test_who_approves_may_say_which_version_was_looked_at(given: Given) -> None:
    item = given.stocked(10)
    session = Session(given.tenant)
    session.counted(9)
    seen = given.tenant.operator.get(session.path).headers["ETag"]
    session.counted(8)
    with nothing_moves(given.tenant):
        refused(session.approve(if_match=seen), 412, "version_conflict", currentVersion=3)
        refused(session.count(5, if_match=seen), 412, "version_conflict", currentVersion=3)
    assert session.approve(if_match=given.tenant.operator.get(session.path).headers["ETag"]).status == 200
    assert item.balances[0] == 8


def test_two_counts_of_a_warehouse_may_be_open_and_the_later_counting_wins(given: Given) -> None:
    item = given.stocked(10)
    early, late = Session(given.tenant), Session(given.tenant)
    early.counted(8, countedAt=_passed())
    item.posted("sale", 1)
    late.counted(6, countedAt=_passed())
    late.approved()
    assert early.now["lines"][0]["superseded"] is True
    line = early.approved()["lines"][0]
    # Seven were expected to be left of the eight that the later counting implies.
    assert (line["superseded"], line["expectedQuantity"], line["difference"]) == (True, 7, 1)
    assert item.balances[0] == 6
    assert (item.ledger[-1]["inventoryLevelChange"], item.ledger[-1]["reason"]) == (0, "superseded")


def test_two_counts_that_are_approved_in_their_order_do_not_correct_twice(given: Given) -> None:
    item = given.stocked(10)
    early, late = Session(given.tenant), Session(given.tenant)
    early.counted(7, countedAt=_passed())
    late.counted(7, countedAt=_passed())
    early.approved()
    late.approved()
    assert _bookings(item) == [("receipt", 10, 0), ("count", -3, 0), ("count", 0, 0)]


def test_a_count_is_no_later_than_now_and_no_earlier_than_the_books(given: Given) -> None:
    given.stocked(10)
    session = Session(given.tenant)
    with nothing_moves(given.tenant):
        refused(
            session.count(1, countedAt="2999-01-01T00:00:00Z"), 400, "validation_error", pointer="#/lines/0/countedAt"
        )
        refused(
            session.count(1, countedAt="1969-01-01T00:00:00Z"), 400, "validation_error", pointer="#/lines/0/countedAt"
        )


def test_a_clock_that_runs_ahead_hides_no_later_count(given: Given) -> None:
    item = given.stocked(10)
    ahead = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    item.posted("count", 9, warehouseLocation="W1", countedAt=ahead)
    item.posted("count", 8, warehouseLocation="W1", countedAt=_passed())
    assert item.balances[0] == 8


def test_a_line_names_what_exists(given: Given) -> None:
    given.stocked(10)
    session = Session(given.tenant)
    with nothing_moves(given.tenant):
        for members, pointer in (
            ({"supplierId": "S9"}, "#/lines/0/supplierId"),
            ({"productId": "P9"}, "#/lines/0/supplierId"),
            ({"retailPartnerId": "R1"}, "#/lines/0/retailPartnerId"),
        ):
            refused(session.count(1, **members), 404, "not_found", pointer=pointer)


def test_a_count_has_at_most_a_thousand_lines(given: Given) -> None:
    given.stocked(10)
    session = Session(given.tenant)
    full = [{**_LINE, "quantity": 1, "batchNumber": f"B{number}"} for number in range(1000)]
    assert session.lines(*full).json["lineCount"] == 1000
    with nothing_moves(given.tenant):
        refused(session.count(1, batchNumber="ONE-MORE"), 409, "invalid_state", maximum=1000)
    session.counted(2, batchNumber="B999")
    assert session.now["lines"][999]["quantity"] == 2


def test_a_supplier_counts_its_own_stock_and_sees_its_own_counts(given: Given) -> None:
    given.stocked(10)
    theirs = given.stocked(10, supplier="S2", product="P2")
    staff, own = Session(given.tenant), Session(given.tenant, by=given.tenant.supplier("S1"))
    own.counted(8)
    with nothing_moves(given.tenant):
        other = own.lines({"supplierId": "S2", "productId": "P2", "quantity": 1})
        refused(other, 404, "not_found", pointer="#/lines/0/supplierId")
        refused(own.client.get(staff.path), 404, "not_found")
    assert own.now["uncounted"] == {"number": 0, "levels": []}  # another supplier's stock is not its to know
    assert [row["countId"] for row in own.client.get("/v1/counts").json["data"]] == [own.now["countId"]]
    assert own.approved()["status"] == "approved"
    assert theirs.balances[0] == 10


def test_a_retail_partner_counts_its_own_item_in_its_own_warehouse(given: Given) -> None:
    item = given.stocked(10, partner="R1", warehouse="RW")
    given.stocked(10, product="P2")
    client = given.tenant.retailer("R1")
    refused(client.post("/v1/counts", {"warehouseLocation": "W1"}), 404, "not_found", pointer="#/warehouseLocation")
    session = Session(given.tenant, "RW", by=client)
    assert session.now["uncounted"]["number"] == 1
    line = session.counted(8, retailPartnerId="R1")["lines"][0]
    assert (line["retailPartnerId"], line["difference"]) == ("R1", -2)
    with nothing_moves(given.tenant):
        # What was never shared with it is not there.
        for product in ("P2", "P9"):
            hidden = session.lines({**_LINE, "productId": product, "quantity": 1})
            refused(hidden, 404, "not_found", pointer="#/lines/0/supplierId")
    session.approved()
    assert item.balances == (8, 0, 0, 8)
