from collections.abc import Mapping
from typing import Any, cast

from msgspec import UNSET

from apps.access.api.pages import filtered_values, ordering, page_answer, page_scope, page_size
from apps.access.api.views import ApiView, operation
from apps.core.context import CallContext
from apps.core.errors import FieldError, ValidationFailed, within_item
from apps.core.http.operations import Answer, Call
from apps.core.http.pages import read_position, sign_position
from apps.core.ids import encode_id
from apps.core.preconditions import ExpectedVersion
from apps.inventory.api import operations
from apps.inventory.api.batch import render_batch
from apps.inventory.api.bodies import movement_of
from apps.inventory.api.parked_views import parked_answer
from apps.inventory.api.schemas import VariantStockView, render_item, render_item_part, render_movement
from apps.inventory.commands.change_item import change_item
from apps.inventory.commands.post_movements import check_batch, post_batch, post_movement
from apps.inventory.commands.post_or_park import post_or_park
from apps.inventory.queries.stock import Stock, key_of, stock_item, stock_items
from apps.inventory.types import ItemChange, ItemFacts, LevelFacts, Movement, MovementFacts, ParkedFacts, StockStatus
from apps.outbox.unit_of_work import reading
from apps.products.queries.product_groups import variants
from apps.transactions.api import operations as ledger
from apps.transactions.api.views import list_transactions

_ORDERS = {"supplierId": "supplier"}


class Inventory(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        filters = filtered_values(call)
        _check_statuses(filters)
        reader, now = call.ctx.principal, call.ctx.now
        found, token = _page(call, filters)
        data = [render_item_part(facts, _shown(facts, filters), reader, terms, at=now) for facts, terms in found]
        return page_answer(call, data, token)


class GroupInventory(ApiView):
    @operation(operations.LIST_GROUP)
    def get(self, call: Call, group_id: str) -> Answer:
        found, token = _page(call, {"group": [group_id]})
        with reading(call.ctx):
            known = variants(call.ctx, group_id, [facts.product_id for facts, _ in found])
        reader, now = call.ctx.principal, call.ctx.now
        data = [
            VariantStockView(variant=known.get(facts.product_id, {}), item=render_item(facts, reader, terms, at=now))
            for facts, terms in found
        ]
        return page_answer(call, data, token)


class InventoryItem(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, supplier_id: str, product_id: str) -> Answer:
        facts, terms = stock_item(call.ctx, supplier_id, product_id, call.params.get("retailPartnerId"))
        return Answer(body=render_item(facts, call.ctx.principal, terms, at=call.ctx.now), version=facts.version)

    @operation(operations.POST)
    def post(self, call: Call, supplier_id: str, product_id: str) -> Answer:
        movement = movement_of(
            call.body,
            now=call.ctx.now,
            supplier_id=supplier_id,
            product_id=product_id,
            retail_partner_id=call.params.get("retailPartnerId"),
            expected=call.expected,
        )
        return _post(call, movement)

    @operation(operations.CHANGE)
    def patch(self, call: Call, supplier_id: str, product_id: str) -> Answer:
        change = _item_change(call, supplier_id, product_id)
        outcome = change_item(call.ctx, change)
        facts = outcome.result
        body = render_item(facts.item, call.ctx.principal, facts.terms, at=facts.at)
        return Answer(body=body, version=facts.item.version, replayed=outcome.replayed)


class InventoryBatch(ApiView):
    @operation(operations.BATCH)
    def post(self, call: Call) -> Answer:
        movements = [
            _entry(call.ctx, item, expected=_stated(item), index=index) for index, item in enumerate(call.body.items)
        ]
        check_batch(movements)
        outcome = post_batch(call.ctx, movements, mode=call.body.mode)
        return Answer(body=render_batch(outcome.result, call.ctx.principal), replayed=outcome.replayed)


class Transactions(ApiView):
    @operation(ledger.LIST)
    def get(self, call: Call) -> Answer:
        return list_transactions(call)

    @operation(operations.POST_TRANSACTION)
    def post(self, call: Call) -> Answer:
        return _post(call, _entry(call.ctx, call.body, expected=call.expected))


def _page(call: Call, filters: Mapping[str, Any]) -> tuple[list[Stock], str | None]:
    """Return one page of items, and the token of the next where there is one."""
    size, scope = page_size(call.params), page_scope(call)
    _, descending = ordering(call.params, _ORDERS)
    token = call.params.get("pageToken")
    after = tuple(read_position(token, scope=scope)) if token is not None else None
    found = stock_items(call.ctx, filters, after=after, descending=descending, limit=size + 1)
    more = len(found) > size
    return found[:size], sign_position(list(key_of(found[size - 1].facts)), scope=scope) if more else None


def _entry(ctx: CallContext, body: Any, *, expected: Any, index: int | None = None) -> Movement:
    try:
        return movement_of(
            body,
            now=ctx.now,
            supplier_id=body.supplier_id,
            product_id=body.product_id,
            retail_partner_id=body.retail_partner_id,
            expected=expected,
        )
    except ValidationFailed as refusal:
        if index is not None:
            refusal.errors = tuple(within_item(error, index) for error in refusal.errors)
        raise


def _stated(item: Any) -> ExpectedVersion | None:
    """Return the version that a line of a batch names: its only precondition, because a header is about no line."""
    return None if item.version is UNSET else ExpectedVersion(frozenset({item.version}), by_header=False)


def _post(call: Call, movement: Movement) -> Answer:
    if not call.own_codes:
        outcome = post_movement(call.ctx, movement)
        return _posted(call, outcome.result, replayed=outcome.replayed)
    either = post_or_park(call.ctx, movement)
    if either.result.posted is not None:
        return _posted(call, either.result.posted, replayed=either.replayed)
    return parked_answer(cast("ParkedFacts", either.result.parked), replayed=either.replayed)


def _posted(call: Call, facts: MovementFacts, *, replayed: bool) -> Answer:
    booked = facts.transactions
    return Answer(
        body=render_movement(facts, call.ctx.principal),
        status=201,
        version=facts.item.version,
        location=f"/v1/transactions/{encode_id('txn', booked[0].id)}" if booked else None,
        replayed=replayed,
    )


def _item_change(call: Call, supplier_id: str, product_id: str) -> ItemChange:
    body = call.body
    settings = {
        outer: value
        for outer, value in (
            ("reorderThreshold", body.reorder_threshold),
            ("reorderThresholds", body.reorder_thresholds),
            ("attributes", body.attributes),
        )
        if value is not UNSET
    }
    return ItemChange(
        supplier_id=supplier_id,
        product_id=product_id,
        retail_partner_id=call.params.get("retailPartnerId"),
        expected=call.expected,
        inventory_level=None if body.inventory_level is UNSET else body.inventory_level,
        warehouse_id=body.warehouse_location,
        batch_number=body.batch_number,
        settings=settings,
    )


def _check_statuses(filters: dict[str, Any]) -> None:
    unknown = set(filters.get("status") or ()) - set(StockStatus)
    if unknown:
        detail = f"stockStatus takes {', '.join(StockStatus)}."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, parameter="stockStatus")])


def _shown(facts: ItemFacts, filters: dict[str, Any]) -> list[LevelFacts]:
    """Return the levels that the filters leave."""
    warehouses, batches, before = filters.get("warehouse"), filters.get("batch"), filters.get("expiring_before")
    return [
        level
        for level in facts.levels
        if (not warehouses or level.warehouse in warehouses)
        and (not batches or level.batch in batches)
        and (before is None or (level.expires_at is not None and level.expires_at < before))
    ]
