"""Contract, rule 2: versions, entity tags and preconditions of an item."""

import re
from typing import Any

import pytest

from tests.support.stock import Given, nothing_moves, refused

_TAG = re.compile(r'"(\d+)\.[0-9a-f]{8}"')


def _version(tag: str) -> int:
    found = _TAG.fullmatch(tag)
    assert found is not None, tag
    return int(found[1])


def test_every_write_raises_the_version_by_one_and_answers_it(given: Given) -> None:
    item = given.stocked(10)
    tags = [item.get().headers["ETag"]]
    movements: list[tuple[str, int, dict[str, Any]]] = [
        ("receipt", 1, {"warehouseLocation": "W1"}),
        ("sale", 1, {}),
        ("reservation", 1, {}),
        ("damage", 1, {"reason": "x"}),
        ("adjustment", -1, {"reason": "x"}),
        ("count", 8, {"warehouseLocation": "W1"}),
    ]
    for number, (kind, quantity, members) in enumerate(movements, start=2):
        answer = item.post(kind, quantity, **members)
        assert (answer.json["item"]["version"], _version(answer.headers["ETag"])) == (number, number)
        tags.append(item.get().headers["ETag"])
    patched = item.patch({"reorderThreshold": 4, "version": 7})
    tags.append(item.get().headers["ETag"])
    assert (patched.json["version"], patched.headers["ETag"]) == (8, tags[-1])
    assert [_version(tag) for tag in tags] == list(range(1, 9))


def test_reading_and_replaying_change_no_tag(given: Given) -> None:
    item = given.stocked(10)
    item.posted("sale", 1, key="once")
    tag = item.get().headers["ETag"]
    item.posted("sale", 1, key="once")
    item.post("sale", 99)
    assert item.get().headers["ETag"] == tag


def test_the_current_representation_is_not_sent_again(given: Given) -> None:
    item = given.stocked(10)
    got = item.get()
    tag = got.headers["ETag"]
    for match in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        same = item.get(if_none_match=match)
        assert (same.status, same.content, same.headers["ETag"]) == (304, b"", tag)
    for match in ('"1.00000000"', '"x"', "nonsense", f"{tag[:-1]}x"):
        assert item.get(if_none_match=match).content == got.content
    item.posted("sale", 1)
    assert item.get(if_none_match=tag).status == 200


def test_two_readers_have_two_tags_of_one_version(given: Given) -> None:
    item = given.stocked(10)
    given.agreement()
    ours, theirs = item.get().headers["ETag"], item.get(by=given.tenant.retailer("R1")).headers["ETag"]
    assert (_version(ours), _version(theirs), ours != theirs) == (1, 1, True)
    assert item.patch({"reorderThreshold": 1}, if_match=theirs).status == 200  # the version counts, not the reader


def test_a_patch_needs_a_version(given: Given) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        refused(item.patch({"inventoryLevel": 7}), 428, "precondition_required")
        refused(item.patch({"inventoryLevel": 7}, if_none_match="*"), 428, "precondition_required")


@pytest.mark.parametrize("header", ['"1.00000000"', '"9.00000000", "1.12345678"', "*", ' "1.00000000" '])
def test_a_patch_with_the_current_version_is_done(given: Given, header: str) -> None:
    item = given.stocked(10)
    assert item.patch({"inventoryLevel": 7}, if_match=header).status == 200
    assert item.balances == (7, 0, 0, 7)


def test_a_stale_header_is_412_and_a_stale_member_409(given: Given) -> None:
    item = given.stocked(10)
    item.posted("sale", 1)
    with nothing_moves(given.tenant):
        for header in ('"1.00000000"', '"3.00000000"', 'W/"2.00000000"', '"9999999999999999999.00000000"'):
            refused(item.patch({"inventoryLevel": 7}, if_match=header), 412, "version_conflict", currentVersion=2)
            refused(item.post("sale", 1, if_match=header), 412, "version_conflict", currentVersion=2)
        for version in (1, 3, 2**63 - 1):
            patched = item.patch({"inventoryLevel": 7, "version": version})
            refused(patched, 409, "version_conflict", currentVersion=2)
            refused(item.post("sale", 1, version=version), 409, "version_conflict", currentVersion=2)
            named = given.tenant.operator.post(
                "/v1/inventory/transactions", item.entry("sale", 1, version=version), key="k"
            )
            refused(named, 409, "version_conflict", currentVersion=2)


def test_an_action_honours_a_version_that_it_does_not_need(given: Given) -> None:
    item = given.stocked(10)
    assert item.post("sale", 1, if_match='"1.00000000"').status == 201
    assert item.post("sale", 1, version=2).status == 201
    assert item.post("sale", 1, if_match='"3.00000000"', version=3).status == 201
    assert item.balances == (7, 0, 0, 7)


def test_a_header_and_a_member_that_disagree_are_a_mistake(given: Given) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        for answer in (
            item.patch({"inventoryLevel": 7, "version": 1}, if_match='"2.00000000"'),
            item.post("sale", 1, version=2, if_match='"1.00000000"'),
        ):
            refused(answer, 400, "invalid_request", pointer="If-Match")


@pytest.mark.parametrize(
    "header", ["", "1", '"1"', '"1.0"', '"x.00000000"', '"-1.00000000"', '"1.00000000', "**", '"1.00000000";x']
)
def test_what_is_no_tag_of_ours_is_a_mistake(given: Given, header: str) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        refused(item.patch({"inventoryLevel": 7}, if_match=header), 400, "invalid_request", pointer="If-Match")
        refused(item.post("sale", 1, if_match=header), 400, "invalid_request", pointer="If-Match")


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None, 2**63])
def test_what_is_no_version_is_a_mistake(given: Given, version: Any) -> None:
    item = given.stocked(10)
    with nothing_moves(given.tenant):
        patched = item.patch({"inventoryLevel": 7, "version": version})
        refused(patched, 400, "validation_error", pointer="#/version")


def test_a_blind_absolute_set_after_somebody_elses_sale_is_refused(given: Given) -> None:
    """Peers, scenario 13."""
    item = given.stocked(10)
    read = item.get()
    item.posted("sale", 3)
    with nothing_moves(given.tenant):
        stale = item.patch({"inventoryLevel": 15}, if_match=read.headers["ETag"])
        refused(stale, 412, "version_conflict", currentVersion=2)
    assert item.balances == (7, 0, 0, 7)


def test_the_tag_of_a_ledger_entry_never_changes(given: Given) -> None:
    item = given.stocked(10)
    path = f"/v1/transactions/{item.ledger[0]['transactionId']}"
    first = given.tenant.operator.get(path)
    item.posted("sale", 1)
    assert given.tenant.operator.get(path, if_none_match=first.headers["ETag"]).status == 304
    assert first.json == item.ledger[0]


def test_an_item_has_at_most_a_hundred_attributes(given: Given) -> None:
    item = given.stocked(1)
    assert item.patch({"attributes": {f"a{n}": "x" for n in range(100)}, "version": 1}).status == 200
    over = item.patch({"attributes": {"one more": "x"}, "version": 2})
    assert (over.status, over.json["code"], over.json["maximumAttributes"]) == (409, "invalid_state", 100)
    assert item.patch({"attributes": {"a0": None, "one more": "x"}, "version": 2}).status == 200


def test_every_answer_with_a_body_says_how_long_it_is(given: Given) -> None:
    item = given.stocked(10)
    first = item.get()
    unchanged = item.get(if_none_match=first.headers["ETag"])
    answers = [first, item.post("sale", 1), item.post("sale", 99), given.tenant.operator.get("/v1/nothing")]

    assert [answer.status for answer in answers] == [200, 201, 409, 404]
    assert [answer.headers["Content-Length"] for answer in answers] == [str(len(answer.content)) for answer in answers]
    assert unchanged.status == 304
    assert "Content-Length" not in unchanged.headers
