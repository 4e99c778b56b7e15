"""The answer to a batch: a result for each line."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from apps.core.context import Principal
from apps.core.errors import FieldError
from apps.core.http.bodies import View
from apps.core.http.problems import problem_body
from apps.inventory.api.parked_schemas import LineError, ParkedMovementView, rendered_parked
from apps.inventory.api.schemas import AnyItemView, AnyTransactionView, render_movement
from apps.inventory.errors import refusal_of
from apps.inventory.types import BatchFacts, BatchResult


class LineProblem(View):
    """Why a line was refused: problem details without the request's own members, with facts such as `available`."""

    type: Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri"})]
    title: str
    status: int
    code: str
    detail: str
    errors: list[LineError] | UnsetType = UNSET


class BatchResultView(View):
    """What became of one line: `posted` with its item and transactions, `refused` with its problem, or `parked`."""

    index: int
    status: str
    item: AnyItemView | UnsetType = UNSET
    transactions: list[AnyTransactionView] | UnsetType = UNSET
    review_id: str | UnsetType = UNSET
    reservation_id: str | None | UnsetType = UNSET
    parked: ParkedMovementView | UnsetType = UNSET
    problem: LineProblem | UnsetType = UNSET


class BatchSummary(View):
    """How many lines became what; `parked` where there are such."""

    posted: int
    refused: int
    parked: int | UnsetType = UNSET


class BatchView(View):
    results: list[BatchResultView]
    summary: BatchSummary


def render_batch(facts: BatchFacts, reader: Principal) -> dict[str, Any]:
    """Return the results of a batch."""
    posted = sum(1 for result in facts.results if result.facts is not None)
    parked = sum(1 for result in facts.results if result.parked is not None)
    summary = {"posted": posted, "refused": len(facts.results) - posted - parked}
    return {
        "results": [_line(index, result, reader) for index, result in enumerate(facts.results)],
        "summary": {**summary, "parked": parked} if parked else summary,
    }


def _line(index: int, result: BatchResult, reader: Principal) -> dict[str, Any]:
    if result.facts is not None:
        return {"index": index, "status": "posted", **render_movement(result.facts, reader)}
    if result.parked is not None:
        return {"index": index, "status": "parked", "parked": rendered_parked(result.parked)}
    refusal = refusal_of(str(result.code), result.refusal or {}, None)
    refusal.errors = tuple(
        FieldError(code=error["code"], detail=error["detail"], pointer=error.get("pointer")) for error in result.errors
    )
    return {"index": index, "status": "refused", "problem": problem_body(refusal)}
