from datetime import datetime
from typing import Any

from apps.access.api.answers import changed, created, deleted, shown
from apps.access.api.changes import changes_in
from apps.access.api.pages import filtered_values, page_of
from apps.access.api.views import ApiView, operation
from apps.core.errors import FieldError, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.core.money import CURRENCIES, checked_amount
from apps.core.times import checked_moment
from apps.outbox.unit_of_work import reading
from apps.products.api import price_operations as operations
from apps.products.api.price_schemas import PriceCreate, rendered_price, rendered_price_row
from apps.products.commands.change_price import change_price
from apps.products.commands.create_price import create_price
from apps.products.commands.delete_price import delete_price
from apps.products.domain.pricing import refuse_empty_window
from apps.products.queries.prices import effective_price, price, prices
from apps.products.types import NewPrice, PriceTerms

_ORDERS = {"priceId": "pk", "createdAt": "created_at"}


class Prices(ApiView):
    @operation(operations.LIST)
    def get(self, call: Call) -> Answer:
        return page_of(call, lambda: prices(call.ctx), rendered_price_row, orders=_ORDERS)

    @operation(operations.CREATE)
    def post(self, call: Call) -> Answer:
        outcome = create_price(call.ctx, _new(call.body))
        return created(outcome, rendered_price, location=f"/v1/prices/{outcome.result.price_id}")


class PriceDetail(ApiView):
    @operation(operations.GET)
    def get(self, call: Call, price_id: str) -> Answer:
        with reading(call.ctx):
            facts = price(call.ctx, price_id)
        return shown(facts, rendered_price)

    @operation(operations.CHANGE)
    def patch(self, call: Call, price_id: str) -> Answer:
        outcome = change_price(call.ctx, price_id, expected=call.expected, changes=_changes(call.body))
        return changed(outcome, rendered_price)

    @operation(operations.DELETE)
    def delete(self, call: Call, price_id: str) -> Answer:
        return deleted(delete_price(call.ctx, price_id, expected=call.expected))


class EffectivePrice(ApiView):
    @operation(operations.EFFECTIVE)
    def get(self, call: Call, product_id: str) -> Answer:
        terms = _terms(call)
        with reading(call.ctx):
            facts = effective_price(call.ctx, product_id, terms)
        return shown(facts, rendered_price)


def _new(body: PriceCreate) -> NewPrice:
    valid_from, valid_to = _moment(body.valid_from, "validFrom"), _moment(body.valid_to, "validTo")
    refuse_empty_window(valid_from, valid_to)
    return NewPrice(
        price_id=body.price_id,
        product_id=body.product_id,
        amount=checked_amount(body.price.amount, body.price.currency_code, pointer="#/price"),
        currency_code=body.price.currency_code,
        retail_partner_id=body.retail_partner_id,
        channel=body.channel,
        region=body.region,
        unit_of_measure=body.unit_of_measure,
        minimum_quantity=body.minimum_quantity,
        promotion=body.promotion,
        valid_from=valid_from,
        valid_to=valid_to,
        status=body.status,
        attributes=body.attributes,
    )


def _changes(body: Any) -> dict[str, Any]:
    changes = changes_in(body)
    if changes.pop("price", None) is not None:
        money = body.price
        changes["amount"] = checked_amount(money.amount, money.currency_code, pointer="#/price")
        changes["currency_code"] = money.currency_code
    for name, outer in (("valid_from", "validFrom"), ("valid_to", "validTo")):
        if name in changes:
            changes[name] = _moment(changes[name], outer)
    return changes


def _moment(moment: datetime | None, name: str) -> datetime | None:
    return checked_moment(moment, pointer=f"#/{name}")


def _terms(call: Call) -> PriceTerms:
    currency = call.params["currencyCode"]
    if currency not in CURRENCIES:
        detail = "ISO 4217 has no such currency."
        raise ValidationFailed(detail, errors=[FieldError(code="invalid", detail=detail, parameter="currencyCode")])
    values = filtered_values(call)
    for code in call.own_codes.values():
        if code is not None and code.unit_of_measure is not None:  # the product was named by the code of a case
            values.setdefault("unit_of_measure", code.unit_of_measure)
    return PriceTerms(currency_code=currency, **{**values, "quantity": int(values.get("quantity", 1))})
