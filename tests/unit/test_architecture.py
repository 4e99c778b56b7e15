"""What import-linter cannot see: foreign keys, scopes, pages, documented codes."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps as registry
from django.urls import URLPattern, URLResolver, get_resolver

from apps.access.api.views import ApiView
from apps.access.scopes import SCOPE_DESCRIPTIONS
from apps.core.http.operations import Operation
from apps.core.http.pages_for_people import problem_codes
from config.composition import EVENT_RENDERERS
from tests.contract.access_table import OPEN

ROOT = Path(__file__).resolve().parents[2]
# From the bottom up: an app points foreign keys only to apps before it.
RANKS = [
    "core", "outbox", "tenancy", "access", "feed", "suppliers", "retail_partners", "products", "transactions", "inventory",
    "orders", "shipments", "webhooks", "insights",
]  # fmt: skip
CONTRACT_CODES = set(
    """validation_error invalid_request malformed_json unknown_field unknown_parameter invalid_page_token
    idempotency_key_required invalid_check_digit ambiguous_level inexact_conversion unauthenticated invalid_token
    insufficient_scope not_permitted ip_not_allowed tenant_suspended not_found method_not_allowed not_acceptable
    version_conflict insufficient_stock already_exists invalid_state resource_in_use batch_expired
    minimum_order_quantity concurrent_update idempotency_in_progress cursor_expired misdirected_request payload_too_large
    unsupported_media_type idempotency_key_reused precondition_required rate_limited internal unavailable""".split()
)


def _views() -> list[tuple[str, type[ApiView]]]:
    found: list[tuple[str, type[ApiView]]] = []

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> None:
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns, route)
            elif route.startswith("v1/") and f"/{route}" not in OPEN:
                callback: Any = pattern.callback
                found.append((route, callback.cls))

    walk(get_resolver().url_patterns, "")
    return found


OPERATIONS: list[tuple[str, str, Operation | None]] = [
    (route, method, view.operation_for(method.upper()))
    for route, view in _views()
    for method in ("get", "post", "put", "patch", "delete")
    if hasattr(view, method)
]


def test_foreign_keys_point_downwards() -> None:
    upwards = [
        (model._meta.label, field.name)
        for label in RANKS
        if label != "core"
        for model in registry.get_app_config(label).get_models()
        for field in model._meta.concrete_fields
        if field.related_model is not None and field.related_model._meta.app_label in RANKS
        if RANKS.index(field.related_model._meta.app_label) > RANKS.index(label)
    ]

    assert upwards == []


@pytest.mark.parametrize(("route", "method", "definition"), OPERATIONS, ids=[f"{m} {r}" for r, m, _ in OPERATIONS])
def test_every_method_of_v1_is_an_operation_with_a_known_scope(
    route: str, method: str, definition: Operation | None
) -> None:
    assert definition is not None
    assert definition.scope in SCOPE_DESCRIPTIONS
    assert definition.scope.endswith(":read") == (method == "get")


def test_operation_ids_are_unique() -> None:
    ids = [definition.operation_id for _, _, definition in OPERATIONS if definition]

    assert sorted(ids) == sorted(set(ids))


def test_every_list_is_paged_by_token_and_the_feed_by_cursor() -> None:
    lists = {d.operation_id: d for _, _, d in OPERATIONS if d and d.operation_id.startswith("list")}

    unpaged = [name for name, definition in lists.items() if not definition.paged]

    assert sorted(unpaged) == ["listEvents", "listInventoryChanges"]
    for name in unpaged:
        assert "cursor" in {parameter.name for parameter in lists[name].parameters}


def test_every_stock_moving_post_needs_a_key_and_every_other_write_accepts_one() -> None:
    writes = {d.operation_id: d.keys for _, method, d in OPERATIONS if d and method != "get"}

    assert {name for name, keys in writes.items() if keys == "required"} == {
        "postMovement",
        "postMovementBatch",
        "postTransaction",
        "createReservation",
        "extendReservation",
        "commitReservation",
        "createTransfer",
        "shipTransfer",
        "receiveTransfer",
        "cancelTransfer",
        "holdBatch",
        "unholdBatch",
        "approveCount",
        "approveReview",
        "placeOrder",
        "confirmOrder",
        "cancelOrder",
        "recordReturn",
        "receiveOrder",
        "createShipment",
        "dispatchShipment",
        "deliverShipment",
        "cancelShipment",
        "openDiscrepancy",
        "resolveDiscrepancy",
    }
    assert "none" not in writes.values()


def test_every_code_is_one_of_the_contract() -> None:
    # `conflict` is the family of the 409s; nothing is ever answered with it.
    assert set(problem_codes()) - CONTRACT_CODES == {"conflict"}


def test_every_event_type_that_is_emitted_has_a_renderer() -> None:
    emitted = {
        match
        for path in (ROOT / "apps").rglob("*")
        if path.suffix in {".py", ".sql"} and "migrations" not in path.parts
        for match in re.findall(
            r"""["']((?:inventory|batch|product|order|shipment|reservation|return|transfer|discrepancy|webhook)\.[a-z_]+)["']""",
            path.read_text(encoding="utf-8"),
        )
    }

    tasks = {
        f"inventory.{task}"
        for task in (
            "expire_reservations",
            "fill_backorders",
            "check_integrity",
            "sweep_batches",
            "book_parked_movements",
        )
    } | {"products.sweep_certifications"}
    assert emitted - tasks == set(EVENT_RENDERERS)


def test_commands_are_one_public_function_a_file_at_most_two() -> None:
    """A reader opens `commands/` and reads a list of verbs."""
    crowded = {
        str(path.relative_to(ROOT)): names
        for path in (ROOT / "apps").glob("*/commands/*.py")
        if len(names := _public_functions(path)) > 3
    }

    assert crowded == {}


def _public_functions(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [n.name for n in tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")]


def test_files_and_functions_stay_small() -> None:
    """The 95th percentile of files is at most 400 lines, of functions at most 40; no file is above 500."""
    files, functions = [], []
    for top in ("apps", "config", "sandbox"):
        for path in (ROOT / top).rglob("*.py"):
            if "migrations" in path.parts:
                continue
            source = path.read_text(encoding="utf-8")
            files.append(source.count("\n"))
            functions += [
                node.end_lineno - node.lineno + 1
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
            ]

    assert max(files) <= 500
    assert sorted(files)[int(len(files) * 0.95)] <= 400
    assert sorted(functions)[int(len(functions) * 0.95)] <= 40


def test_raw_tenant_setting_happens_in_one_place() -> None:
    """The unit of work, the hot connections, the kernel, the hot read and the migrations' operation set the tenant."""
    owners = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "apps").rglob("*")
        if path.suffix in {".py", ".sql"} and "set_config('app.tenant_id'" in path.read_text(encoding="utf-8")
    }

    assert owners == {
        "apps/core/schema.py",
        "apps/inventory/migrations/0004_stock_in_depth.py",
        "apps/outbox/unit_of_work.py",
        "apps/outbox/connections.py",
        "apps/outbox/domain/heads.sql",
        "apps/inventory/domain/kernel.sql",
        "apps/inventory/queries/stock.sql",
    }


def test_every_test_is_run_by_some_target_of_make() -> None:
    """`make test` names its directories: one that is forgotten there would never fail."""
    named = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"])
    elsewhere = {"tests/system", "tests/prove"}
    found = {"/".join(path.relative_to(ROOT).parts[:2]) for path in (ROOT / "tests").rglob("test_*.py")}
    assert found - elsewhere == named
