"""The page behind a problem's `type`."""

from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import Refusal
from apps.core.http.problems import INTERNAL, INTERNAL_TITLE, slug_of, status_of


def problem_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Explain one problem code."""
    codes = problem_codes()
    found = next((code for code in codes if slug_of(code) == slug), None)
    if found is None:
        raise Http404
    status, title = codes[found]
    context = {"code": found, "statuses": status, "title": title}
    return render(request, "core/problem.html", context)


def problem_codes() -> dict[str, tuple[list[int], str]]:
    """Return every code with the statuses it is answered with and its title."""
    codes: dict[str, tuple[list[int], str]] = {INTERNAL: ([500], INTERNAL_TITLE)}
    for refusal in _refusals(Refusal):
        if refusal.code:
            statuses, title = codes.setdefault(refusal.code, ([], refusal.title))
            status = status_of(refusal)
            if status not in statuses:
                statuses.append(status)
    return dict(sorted(codes.items()))


def _refusals(family: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in family.__subclasses__():
        yield refusal
        yield from _refusals(refusal)
