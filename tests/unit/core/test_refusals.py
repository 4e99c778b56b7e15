"""What a refusal says to a person."""

import pytest

from apps.core import errors


@pytest.mark.parametrize(
    ("refusal", "detail"),
    [
        (errors.VersionConflict(currentVersion=3), "The current version is 3."),
        (errors.PreconditionFailed(currentVersion=3), "The current version is 3."),
        (errors.InsufficientScope(requiredScope="a:read"), "The token lacks the scope a:read."),
        (errors.AlreadyExists(value="SUP1"), "SUP1 exists already."),
        (errors.AlreadyExistsPrecondition(value="SUP1"), "SUP1 exists already."),
        (errors.MethodNotAllowed(allowed=["GET", "HEAD", "PUT"]), "The resource knows GET, HEAD or PUT."),
        (errors.NotAcceptable(acceptable=["application/json"]), "Only application/json is answered."),
        (errors.UnsupportedMediaType(accepted=["a/b", "c/d"]), "The body is taken as a/b or c/d."),
        (errors.PayloadTooLarge(maximumBytes=1024), "A body here has at most 1024 bytes."),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, errors.Refusal) else "",
)
def test_the_facts_are_in_the_detail(refusal: errors.Refusal, detail: str) -> None:
    assert refusal.detail == str(refusal) == detail


def test_without_facts_it_is_the_title() -> None:
    assert errors.NotAcceptable().detail == errors.NotAcceptable.title
    assert errors.NotFound().detail == errors.NotFound.title
    assert errors.InvalidToken().detail == errors.InvalidToken.title


def test_a_sentence_may_need_no_facts() -> None:
    assert errors.Unauthenticated().detail == "Send `Authorization: Bearer` with a token."


def test_what_was_said_where_it_was_raised_stays() -> None:
    refusal = errors.AlreadyExists("The code was used before.", value="SUP1", retired=True)
    assert refusal.detail == "The code was used before."


def test_a_fact_is_a_value_and_never_a_place_for_another() -> None:
    assert errors.AlreadyExists(value="{retired}", retired=True).detail == "{retired} exists already."
