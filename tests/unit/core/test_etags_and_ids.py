"""Entity tags, identifiers, page tokens."""

from uuid import UUID

import pytest

from apps.core.errors import InvalidPageToken, InvalidRequest
from apps.core.http.etags import entity_tag, if_match_versions, none_match
from apps.core.http.pages import read_position, sign_position
from apps.core.ids import decode_id, encode_id, new_id, uuid7


def test_a_tag_names_the_version_and_the_representation() -> None:
    assert entity_tag(18, b"a").startswith('"18.')
    assert entity_tag(18, b"a") == entity_tag(18, b"a") != entity_tag(18, b"b")


@pytest.mark.parametrize(
    ("header", "versions"),
    [
        (None, None),
        ("*", None),
        (" * ", None),
        ('"1.00000000"', {1}),
        ('"1.00000000","22.ffffffff"', {1, 22}),
        ('W/"1.00000000"', set()),
        ('W/"1.00000000", "2.00000000"', {2}),
    ],
)
def test_if_match_names_versions(header: str | None, versions: set[int] | None) -> None:
    assert if_match_versions(header) == versions


@pytest.mark.parametrize(
    "header", ["", "1", '"1"', '"1.0000000g"', "*, *", '"1.00000000" "2.00000000"', '"١.00000000"']
)
def test_what_is_no_tag_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        if_match_versions(header)


def test_if_none_match_compares_the_whole() -> None:
    tag = entity_tag(1, b"a")
    assert all(none_match(header, tag) for header in (tag, f"W/{tag}", f'"x" , {tag}', "*"))
    assert not any(none_match(header, tag) for header in (None, "", '"1.00000000"', tag[:-1]))


def test_an_id_is_a_prefix_and_a_uuid_in_base32() -> None:
    for value in (uuid7(), UUID(int=0), UUID(int=2**128 - 1)):
        assert decode_id("txn", encode_id("txn", value)) == value
    assert [new_id("sup")[:4], len(new_id("sup"))] == ["sup_", 30]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "txn",
        "txn_",
        "res_" + "0" * 26,
        "txn_" + "0" * 25,
        "txn_" + "i" * 26,
        "txn_8" + "0" * 25,
        "txn_" + "0" * 25 + "\n",
    ],
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert decode_id("txn", text) is None


def test_ids_follow_the_clock() -> None:
    values = [uuid7() for _ in range(50)]
    assert [value.int >> 80 for value in values] == sorted(value.int >> 80 for value in values)
    assert {value.version for value in values} == {7}


def test_a_token_serves_its_own_scope_only() -> None:
    token = sign_position(["S1", "P1", ""], scope="a")
    assert read_position(token, scope="a") == ["S1", "P1", ""]
    for wrong, scope in (
        (token, "b"),
        (token + "A", "a"),
        (token[:-1], "a"),
        ("", "a"),
        ("%%%", "a"),
        ("é", "a"),
        ("A" * 400, "a"),
    ):
        with pytest.raises(InvalidPageToken):
            read_position(wrong, scope=scope)
