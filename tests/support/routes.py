"""Every operation of /v1, read from the routes themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from apps.access.api.views import ApiView
from apps.core.http.operations import Operation

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Route:
    """A method of a path; `template` has the path's names in braces."""

    method: str
    template: str
    operation: Operation

    def path(self, **codes: str) -> str:
        """Return the path of something: `codes` by name, `NONE` where none is given."""
        return re.sub(r"{(\w+)}", lambda found: codes.get(found[1], "NONE"), self.template)


def routes() -> list[Route]:
    """Return every route of /v1 that has an operation, by path and method."""
    found = [
        Route(method, template, operation)
        for template, view in _views(get_resolver(), "/")
        for method in _METHODS
        if (operation := view.operation_for(method)) is not None
    ]
    return sorted(found, key=lambda route: (route.template, route.method))


def documented_routes() -> list[Route]:
    """Return those that stand in the document: all but what is no request and one answer."""
    return [route for route in routes() if route.operation.documented]


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, type[ApiView]]]:
    for pattern in resolver.url_patterns:
        template = prefix + re.sub(r"<\w+:(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _views(pattern, template)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", getattr(pattern.callback, "cls", None))
            if isinstance(view, type) and issubclass(view, ApiView):
                yield template, view
