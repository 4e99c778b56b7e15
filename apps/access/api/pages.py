"""Keyset pages over a queryset: the one way in which lists are filtered, ordered and cut."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django_filters import FilterSet

from apps.core.errors import FieldError, InvalidRequest, ValidationFailed
from apps.core.http.operations import Answer, Call
from apps.core.http.pages import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, read_position, sign_position
from apps.outbox.unit_of_work import reading
from apps.tenancy.models import Tenant

M = TypeVar("M", bound=Model)
# A FilterSet wants rows even where only its values are asked for.
_NO_ROWS = Tenant.objects.none()


def page_of(
    call: Call, rows: Callable[[], QuerySet[M]], render: Callable[[M], Any], *, orders: Mapping[str, str]
) -> Answer:
    """Answer one page: `{data, nextPageToken}` and `Link: rel="next"`.

    `orders` maps the names that `orderBy` knows to fields that are never null and never change; the first is the
    default. `id` breaks ties.
    """
    size = page_size(call.params)
    field, descending = ordering(call.params, orders)
    scope = page_scope(call)
    with reading(call.ctx):
        queryset = filtered(call, rows())
        token = call.params.get("pageToken")
        if token is not None:
            queryset = queryset.filter(_after(field, read_position(token, scope=scope), descending=descending))
        sign = "-" if descending else ""
        columns = [f"{sign}{field}"] if field == "pk" else [f"{sign}{field}", f"{sign}pk"]
        found = list(queryset.order_by(*columns)[: size + 1])
        data = [render(row) for row in found[:size]]
    next_token = None
    if len(found) > size:
        next_token = sign_position(_position(found[size - 1], field), scope=scope)
    return page_answer(call, data, next_token)


def page_answer(call: Call, data: list[Any], next_token: str | None) -> Answer:
    """Return the page with its link to the next."""
    links: tuple[str, ...] = ()
    if next_token:
        query = urlencode({**call.params, "pageToken": next_token})
        links = (f'<{call.request.path}?{query}>; rel="next"',)
    return Answer(body={"data": data, "nextPageToken": next_token}, links=links)


def page_size(params: Mapping[str, str]) -> int:
    """Return `pageSize`, or its default. Raises InvalidRequest outside 1 to 200."""
    return whole_number(params, "pageSize", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)


def whole_number(params: Mapping[str, str], name: str, *, default: int, maximum: int) -> int:
    """Return a parameter from 1 to `maximum`, or `default`. Raises InvalidRequest for anything else."""
    given = params.get(name)
    if given is None:
        return default
    if given.isascii() and given.isdecimal() and len(given) <= 9 and 1 <= int(given) <= maximum:
        return int(given)
    detail = f"{name} is a whole number from 1 to {maximum}."
    raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, parameter=name)])


def page_scope(call: Call) -> str:
    """Return what a page token is bound to: the caller, the route, the filters and the order."""
    principal = call.ctx.principal
    bound = sorted((name, value) for name, value in call.params.items() if name not in {"pageToken", "pageSize"})
    return f"{principal.tenant_id}|{principal.party}|{principal.party_id}|{call.request.path}|{urlencode(bound)}"


def filtered(call: Call, queryset: QuerySet[M]) -> QuerySet[M]:
    """Apply the operation's filters. Raises ValidationFailed, naming the parameters."""
    filters: type[FilterSet] | None = call.operation.filters
    if filters is None:
        return queryset
    result: QuerySet[M] = _valid(filters(data=_given(call), queryset=queryset)).qs
    return result


def filtered_values(call: Call) -> dict[str, Any]:
    """Return the operation's filters as values under their field names, for a query that is not a queryset.

    Raises ValidationFailed, naming the parameters.
    """
    filters = call.operation.filters
    if filters is None:
        return {}
    bound = _valid(filters(data=_given(call), queryset=_NO_ROWS))
    values = bound.form.cleaned_data
    given = {bound.filters[name].field_name: values[name] for name in values}
    return {name: value for name, value in given.items() if value not in (None, "", [])}


def _given(call: Call) -> dict[str, str]:
    """Return the query. Raises ValidationFailed for an empty filter, which would silently mean every row."""
    known = call.operation.filters.base_filters if call.operation.filters else {}
    empty = [name for name in known if call.params.get(name) == ""]
    if empty:
        detail = "A filter has a value, or is left out."
        errors = [FieldError(code="invalid", detail=detail, parameter=name) for name in empty]
        raise ValidationFailed(detail, errors=errors)
    return dict(call.params)


def _valid(bound: FilterSet) -> FilterSet:
    if bound.is_valid():
        return bound
    raise ValidationFailed(
        "A filter's value is not valid.",
        errors=[
            FieldError(code="invalid", detail=" ".join(str(text) for text in texts), parameter=name)
            for name, texts in bound.errors.items()
        ],
    )


def ordering(params: Mapping[str, str], orders: Mapping[str, str]) -> tuple[str, bool]:
    """Return the field that `orderBy` names and whether it descends. Raises InvalidRequest for another."""
    given = params.get("orderBy")
    if given is None:
        return next(iter(orders.values())), False
    name, _, direction = given.partition(" ")
    if name in orders and direction in {"", "asc", "desc"}:
        return orders[name], direction == "desc"
    detail = f"orderBy takes one of {', '.join(orders)}, with asc or desc behind a space."
    raise InvalidRequest(detail, errors=[FieldError(code="invalid", detail=detail, parameter="orderBy")])


def _after(field: str, position: list[Any], *, descending: bool) -> Q:
    step = "lt" if descending else "gt"
    value, key = position
    if field == "pk":
        return Q(**{f"pk__{step}": key})
    moment = parse_datetime(value) if isinstance(value, str) and field.endswith("_at") else value
    return Q(**{f"{field}__{step}": moment}) | Q(**{field: moment, f"pk__{step}": key})


def _position(row: Model, field: str) -> list[Any]:
    value: Any = None if field == "pk" else getattr(row, field)
    return [value.isoformat() if isinstance(value, datetime) else value, str(row.pk)]
