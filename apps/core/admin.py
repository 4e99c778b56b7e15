"""The base of every page of the admin: inside one tenant, and reading only.

Stock, ledger, events and deliveries change through commands alone, and so does master data: the admin shows them.
What a person may change is an action (`apps.tenancy.actions`), which calls a command.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.contrib.admin.utils import flatten, quote
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from unfold.admin import ModelAdmin
from unfold.decorators import display as _unfold_display

_COUNTED = 10_000
M = TypeVar("M", bound=Callable[..., Any])


def display(*, description: str, ordering: str | None = None, label: dict[str, str] | None = None) -> Callable[[M], M]:
    """Make a column of a method; `label` gives the colour of each text: unfold's decorator, with types."""
    return cast("Callable[[M], M]", _unfold_display(description=description, ordering=ordering, label=label))


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """Pages over at most the first 10,000 rows, so that no page counts a ledger: searches and filters lead further."""

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or the bound."""
        rows = cast("QuerySet[Any]", self.object_list)
        # Without what only the display needs: an annotation would be worked out for every counted row.
        return rows.order_by().values("pk")[:_COUNTED].count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that belong to the row of a page: `nested` has, beside each row, the rows that open under it."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str
    nested: Sequence["Table"] = ()
    link: str = ""
    link_text: str = ""

    @property
    def as_component(self) -> dict[str, Any]:
        """Return the table as unfold's component takes it."""
        if not self.nested:
            return {"headers": self.headers, "rows": self.rows}
        opened = [{"headers": inner.headers, "rows": inner.rows, "collapsible": True} for inner in self.nested]
        rows = [{"cols": cells, "table": inner} for cells, inner in zip(self.rows, opened, strict=True)]
        return {"headers": self.headers, "rows": rows, "collapsible": True}


def label(text: str, kind: str = "") -> SafeString:
    """Return a coloured label: success, info, warning, danger, or neutral."""
    # The template escapes what it is given.
    return mark_safe(render_to_string("unfold/helpers/label.html", {"text": text, "type": kind}).strip())  # noqa: S308


def page_of(model: type[Model], key: Any) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(key)])


def list_of(model: type[Model], query: str = "") -> str:
    """Return the address of a model's list, filtered by a query string."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") + (query and f"?{query}")


def linked(text: Any, url: str) -> SafeString:
    """Return a link."""
    return format_html('<a class="font-medium text-primary-600 dark:text-primary-500" href="{}">{}</a>', url, text)


class ReadOnlyAdmin(ModelAdmin):
    """Shows every field but the hidden ones, and changes nothing."""

    hidden_fields: tuple[str, ...] = ()
    # What an address may filter by beside `list_filter`: links from other pages.
    linked_filters: tuple[str, ...] = ()
    # The fields of the page, a line each; without it all but the hidden ones, in the model's order.
    lines: tuple[tuple[str, ...], ...] = ()
    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_filter_sheet = False
    compressed_fields = True
    change_form_outer_after_template = "core/admin/tables.html"

    def get_tables(self, request: HttpRequest, row: Any) -> list[Table]:
        """Return what belongs to a row, for its page."""
        return []

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        row = kwargs.get("obj")
        context["tables"] = [] if row is None else self.get_tables(request, row)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """Return the page's lines; `tenant` is the page's."""
        if self.lines:
            return list(self.lines)
        hidden = {*self.hidden_fields, "tenant", "tenant_id"}
        return [field.name for field in self.model._meta.fields if field.name not in hidden]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return list(flatten(self.get_fields(request, obj)))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Filter by what the page offers and by nothing else: what a filter finds tells what a hidden field holds."""
        offered = {each for each in self.list_filter if isinstance(each, str)} | set(self.linked_filters)
        field, _, comparison = lookup.partition("__")
        return field in offered and comparison in {"", "exact", "in", "isnull"}

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to whom its rows are shown."""
        return bool(self.has_view_permission(request))


class TenantAdmin(ReadOnlyAdmin):
    """Shows the rows of the tenant that the person works in; without a membership, nothing.

    Row level security holds in the database as well; `tenant_path` is how a row names its tenant.
    """

    tenant_path = "tenant_id"

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Any role of the tenant may look: administrators, stock operators and auditors."""
        return getattr(request, "membership", None) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        membership = getattr(request, "membership", None)
        return rows.filter(**{self.tenant_path: membership.tenant_id}) if membership else rows.none()
