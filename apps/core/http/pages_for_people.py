"""The pages behind a problem's `type`."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from apps.core.errors import Refusal
from apps.core.http.document_examples import problem_example
from apps.core.http.problem_advice import ADVICE, GENERAL
from apps.core.http.problems import INTERNAL, INTERNAL_TITLE, slug_of, status_of


def problem_index(request: HttpRequest) -> HttpResponse:
    """List every problem code."""
    problems = [_described(code, *known) for code, known in problem_codes().items()]
    problems.sort(key=lambda problem: (problem["statuses"], problem["code"]))
    return render(request, "core/problems.html", {"problems": problems})


def problem_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Explain one problem code."""
    codes = problem_codes()
    found = next((code for code in codes if slug_of(code) == slug), None)
    if found is None:
        raise Http404
    return render(request, "core/problem.html", {"problem": _described(found, *codes[found])})


def problem_codes() -> dict[str, tuple[list[int], str]]:
    """Return every code with the statuses it is answered with and its title."""
    codes: dict[str, tuple[list[int], str]] = {INTERNAL: ([500], INTERNAL_TITLE)}
    for refusal in _refusals(Refusal):
        if refusal.code:
            statuses, _ = codes.setdefault(refusal.code, ([], refusal.title))
            status = status_of(refusal)
            if status not in statuses:
                statuses.append(status)
    return dict(sorted(codes.items()))


def _described(code: str, statuses: list[int], title: str) -> dict[str, Any]:
    return {
        "code": code,
        "slug": slug_of(code),
        "statuses": statuses,
        "title": title,
        "example": json.dumps(problem_example(code, statuses[0], title), indent=2, ensure_ascii=False),
        # Every second part stands between backticks: the template sets it as code.
        "advice": ADVICE.get(code, GENERAL).split("`"),
    }


def _refusals(family: type[Refusal]) -> Iterator[type[Refusal]]:
    for refusal in family.__subclasses__():
        yield refusal
        yield from _refusals(refusal)
