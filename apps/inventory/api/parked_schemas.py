from typing import Any

from msgspec import UNSET, UnsetType

from apps.core.http.bodies import MomentText, View
from apps.core.http.problems import problem_body
from apps.core.ids import encode_id
from apps.core.structs import convert
from apps.inventory.errors import refusal_of
from apps.inventory.models import ParkedMovement
from apps.inventory.queries.parked import parked_facts
from apps.inventory.types import ParkedFacts


class ParkedLineView(View):
    """The movement as it was posted, without its product."""

    type: str
    supplier_id: str
    retail_partner_id: str | None = None
    quantity: int | None = None
    unit_of_measure: str | None = None
    warehouse_location: str | None = None
    batch_number: str | None = None
    expiration_date: MomentText | None = None
    to_warehouse_location: str | None = None
    disposition: str | None = None
    reference: str | None = None
    reason: str | None = None
    occurred_at: MomentText | None = None
    counted_at: MomentText | None = None
    for_retail_partner_id: str | None = None
    source: str | None = None


class LineError(View):
    """One wrong place of a line."""

    pointer: str
    code: str
    detail: str


class ParkedProblem(View):
    """Why it could not be booked."""

    status: int
    code: str
    title: str
    detail: str
    errors: list[LineError] | UnsetType = UNSET


class ParkedMovementView(View):
    """A movement under a code that was not mapped when it came.

    `parked` until the code is mapped; then `booked` as `transactionIds` of `productId`, or `refused` with its problem.
    What contradicts another source is a review, `reviewId`, and books nothing before that is approved.
    """

    parked_movement_id: str
    status: str
    partner_sku: str
    movement: ParkedLineView
    product_id: str | None
    transaction_ids: list[str]
    review_id: str | None
    problem: ParkedProblem | None
    version: int
    created_at: MomentText
    updated_at: MomentText


class ParkedMovementPage(View):
    data: list[ParkedMovementView]
    next_page_token: str | None


# The command's names of what a movement says, where the contract has another.
_OUTER = {
    "supplier_id": "supplierId",
    "retail_partner_id": "retailPartnerId",
    "unit": "unitOfMeasure",
    "warehouse_id": "warehouseLocation",
    "batch_number": "batchNumber",
    "expires_at": "expirationDate",
    "to_warehouse_id": "toWarehouseLocation",
    "occurred_at": "occurredAt",
    "counted_at": "countedAt",
    "beneficiary_id": "forRetailPartnerId",
}


def rendered_parked(facts: ParkedFacts) -> ParkedMovementView:
    """Return a parked movement as /v1 shows it."""
    said = {_OUTER.get(name, name): value for name, value in facts.movement.items()}
    return ParkedMovementView(
        parked_movement_id=encode_id("prk", facts.parked_movement_id),
        status=facts.status,
        partner_sku=facts.partner_sku,
        movement=convert(said, ParkedLineView),
        product_id=facts.product_id,
        transaction_ids=[encode_id("txn", each) for each in facts.transaction_ids],
        review_id=encode_id("rev", facts.review_id) if facts.review_id else None,
        problem=None if facts.problem is None else _problem(facts.problem),
        version=facts.version,
        created_at=facts.created_at,
        updated_at=facts.updated_at,
    )


def rendered_parked_row(row: ParkedMovement) -> ParkedMovementView:
    """Return a row as /v1 shows it."""
    return rendered_parked(parked_facts(row))


def _problem(noted: dict[str, Any]) -> ParkedProblem:
    told = problem_body(refusal_of(noted["code"], noted["facts"], None))
    said = {name: noted[name] for name in ("detail", "errors") if noted.get(name)}
    return convert({**{name: told[name] for name in ("status", "code", "title", "detail")}, **said}, ParkedProblem)
