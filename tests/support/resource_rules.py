"""What holds for every versioned resource. A test class names the resource and inherits the rules."""

from typing import Any, ClassVar

import pytest

from tests.support.api import TestTenant

_MISSING = "NOT-THERE"


class ResourceRules:
    """The rules of codes, versions, strict input, pages and tenants."""

    __test__ = False
    path: ClassVar[str]
    code_member: ClassVar[str]
    prefix: ClassVar[str]
    required: ClassVar[str]

    def prepare(self, tenant: TestTenant) -> None:
        """Make what bodies refer to."""

    def body(self, code: str | None, number: int = 0) -> dict[str, Any]:
        """Return the smallest valid body; `number` makes other unique values differ."""
        raise NotImplementedError

    def made(self, tenant: TestTenant, code: str = "C1", number: int = 0, **members: Any) -> dict[str, Any]:
        """Create the resource."""
        answer = tenant.operator.post(self.path, {**self.body(code, number), **members})
        assert answer.status == 201, answer.json
        created: dict[str, Any] = answer.json
        return created

    def at(self, code: str) -> str:
        """Return the path of one resource."""
        return f"{self.path}/{code}"

    def test_it_lives_from_creation_to_deletion(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        created = tenant.operator.post(self.path, self.body("C1"))
        assert (created.status, created.json["version"], created.json["status"]) == (201, 1, "active")
        assert created.json[self.code_member] == "C1"
        assert created.headers["Location"] == self.at("C1")
        got = tenant.operator.get(self.at("C1"))
        assert (got.status, got.json, got.headers["ETag"]) == (200, created.json, created.headers["ETag"])
        assert tenant.operator.get(self.at("C1"), if_none_match=got.headers["ETag"]).status == 304
        listed = tenant.operator.get(self.path)
        assert (listed.status, listed.json) == (200, {"data": [created.json], "nextPageToken": None})
        archived = tenant.operator.patch(self.at("C1"), {"status": "archived"}, if_match=got.headers["ETag"])
        assert (archived.status, archived.json["status"], archived.json["version"]) == (200, "archived", 2)
        gone = tenant.operator.delete(self.at("C1"), if_match=archived.headers["ETag"])
        assert (gone.status, gone.content) == (204, b"")
        assert tenant.operator.get(self.at("C1")).status == 404
        assert tenant.operator.get(self.path).json == {"data": [], "nextPageToken": None}

    def test_without_a_code_it_gets_one(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        created = tenant.operator.post(self.path, self.body(None))
        code = created.json[self.code_member]
        assert (created.status, code.partition("_")[0], len(code)) == (201, self.prefix, len(self.prefix) + 27)

    def test_a_code_is_given_once(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        self.made(tenant)
        again = tenant.operator.post(self.path, self.body("C1", 1))
        assert (again.status, again.json["code"]) == (409, "already_exists")
        assert len(tenant.operator.get(self.path).json["data"]) == 1

    def test_a_deleted_code_is_never_reused(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        self.made(tenant)
        assert tenant.operator.delete(f"{self.at('C1')}?version=1").status == 204
        again = tenant.operator.post(self.path, self.body("C1"))
        assert (again.status, again.json["code"]) == (409, "already_exists")
        assert tenant.operator.get(self.at("C1")).status == 404

    def test_a_change_needs_a_version(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        created = self.made(tenant)
        for answer in (
            tenant.operator.patch(self.at("C1"), {"status": "archived"}),
            tenant.operator.delete(self.at("C1")),
        ):
            assert (answer.status, answer.json["code"]) == (428, "precondition_required")
        assert tenant.operator.get(self.at("C1")).json == created

    def test_a_stale_version_changes_nothing(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        self.made(tenant)
        current = tenant.operator.patch(self.at("C1"), {"attributes": {"a": "1"}, "version": 1}).json
        stale = '"1.00000000"'
        by_header = [
            tenant.operator.patch(self.at("C1"), {"status": "archived"}, if_match=stale),
            tenant.operator.delete(self.at("C1"), if_match=stale),
        ]
        by_member = [
            tenant.operator.patch(self.at("C1"), {"status": "archived", "version": 1}),
            tenant.operator.delete(f"{self.at('C1')}?version=1"),
        ]
        assert [(answer.status, answer.json["code"]) for answer in by_header] == [(412, "version_conflict")] * 2
        assert [(answer.status, answer.json["code"]) for answer in by_member] == [(409, "version_conflict")] * 2
        assert [answer.json["currentVersion"] for answer in by_header + by_member] == [2] * 4
        assert tenant.operator.get(self.at("C1")).json == current

    def test_a_version_in_the_body_is_enough(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        self.made(tenant)
        changed = tenant.operator.patch(self.at("C1"), {"attributes": {"a": "1"}, "version": 1})
        assert (changed.status, changed.json["version"], changed.json["attributes"]) == (200, 2, {"a": "1"})

    def test_attributes_merge_and_null_removes_one(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        self.made(tenant, attributes={"keep": "1", "drop": "2", "snake_Case": "3"})
        merged = tenant.operator.patch(self.at("C1"), {"attributes": {"drop": None, "new": "4"}, "version": 1})
        assert (merged.status, merged.json["attributes"]) == (200, {"keep": "1", "snake_Case": "3", "new": "4"})
        assert tenant.operator.get(self.at("C1")).json == merged.json

    def test_patches_do_not_pile_up_attributes(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        created = self.made(tenant, attributes={f"a{number}": "" for number in range(100)})
        refused = tenant.operator.patch(self.at("C1"), {"attributes": {"one more": ""}, "version": 1})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, "#/attributes")
        assert tenant.operator.get(self.at("C1")).json == created

    def test_the_same_key_does_it_once(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        first = tenant.operator.post(self.path, self.body(None), key="once")
        second = tenant.operator.post(self.path, self.body(None), key="once")
        assert (first.status, second.status, second.content) == (201, 201, first.content)
        assert (first.headers.get("Idempotent-Replayed"), second.headers["Idempotent-Replayed"]) == (None, "true")
        other = tenant.operator.post(self.path, self.body("C2", 2), key="once")
        assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
        assert len(tenant.operator.get(self.path).json["data"]) == 1

    def test_another_tenants_looks_like_none(self, tenant: TestTenant, other_tenant: TestTenant) -> None:
        self.prepare(tenant)
        before = self._answers_of(other_tenant)
        created = self.made(tenant)
        assert self._answers_of(other_tenant) == before
        assert [status for status, _ in before] == [404, 404, 404]
        assert other_tenant.operator.get(self.path).json["data"] == []
        assert tenant.operator.get(self.at("C1")).json == created

    def _answers_of(self, tenant: TestTenant) -> list[tuple[int, bytes]]:
        answers = [
            tenant.operator.get(self.at("C1"), request_id="r"),
            tenant.operator.patch(self.at("C1"), {"status": "archived", "version": 1}, request_id="r"),
            tenant.operator.delete(f"{self.at('C1')}?version=1", request_id="r"),
        ]
        return [(answer.status, answer.content) for answer in answers]

    @pytest.mark.parametrize(
        ("members", "code", "pointer"),
        [
            ({"surprise": 1}, "unknown_field", "#/surprise"),
            ({"status": "sleeping"}, "validation_error", "#/status"),
            ({"attributes": {"a": 1}}, "validation_error", "#/attributes/*"),
            ({"attributes": None}, "validation_error", "#/attributes"),
        ],
    )
    def test_strict_input(self, tenant: TestTenant, members: dict[str, Any], code: str, pointer: str) -> None:
        self.prepare(tenant)
        refused = tenant.operator.post(self.path, {**self.body("C1"), **members})
        assert (refused.status, refused.json["code"]) == (400, code)
        assert [error["pointer"] for error in refused.json["errors"]] == [pointer]
        assert tenant.operator.get(self.path).json["data"] == []

    @pytest.mark.parametrize("code", ["", "-x", "a b", "a/b", "x" * 65, "line\n", 5, True])
    def test_a_code_has_a_form(self, tenant: TestTenant, code: Any) -> None:
        self.prepare(tenant)
        refused = tenant.operator.post(self.path, {**self.body(None), self.code_member: code})
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (400, f"#/{self.code_member}")

    def test_a_required_member_is_named(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        body = self.body("C1")
        del body[self.required]
        refused = tenant.operator.post(self.path, body)
        assert refused.status == 400
        assert refused.json["errors"][0]["pointer"] == f"#/{self.required}"
        assert refused.json["errors"][0]["code"] == "required"

    @pytest.mark.parametrize(
        "raw", [b" ", b"[]", b"null", b"{", b'{"name":"a","name":"b"}', b'{"name":"\\u0000"}', b"\xff", b'{"name":NaN}']
    )
    def test_what_is_not_a_body_is_refused(self, tenant: TestTenant, raw: bytes) -> None:
        assert tenant.operator.post(self.path, raw).status == 400

    def test_unknown_parameters_are_refused(self, tenant: TestTenant) -> None:
        refused = tenant.operator.get(f"{self.path}?surprise=1")
        assert (refused.status, refused.json["code"]) == (400, "unknown_parameter")
        assert refused.json["errors"][0]["parameter"] == "surprise"

    @pytest.mark.parametrize("query", ["pageSize=0", "pageSize=201", "pageSize=x", "orderBy=name", "pageToken=x"])
    def test_page_parameters_are_checked(self, tenant: TestTenant, query: str) -> None:
        assert tenant.operator.get(f"{self.path}?{query}").status == 400

    @pytest.mark.parametrize("order", ["", "&orderBy=createdAt", "&orderBy=createdAt%20desc"])
    def test_pages_show_each_once_while_others_are_added(self, tenant: TestTenant, order: str) -> None:
        self.prepare(tenant)
        codes = [f"C{number}" for number in range(5)]
        for number, code in enumerate(codes):
            self.made(tenant, code, number)
        seen: list[str] = []
        url: str | None = f"{self.path}?pageSize=2{order}"
        added = 0
        while url:
            page = tenant.operator.get(url)
            assert page.status == 200, page.json
            seen += [row[self.code_member] for row in page.json["data"]]
            link = page.headers.get("Link", "")
            url = link.partition("<")[2].partition(">")[0] or None
            assert (url is None) == (page.json["nextPageToken"] is None)
            if added < 3:
                self.made(tenant, f"A{added}", 100 + added)  # before every code, after every creation
                added += 1
        assert [code for code in seen if code in codes] == (codes[::-1] if "desc" in order else codes)
        assert len(seen) == len(set(seen))

    def test_a_page_token_serves_its_own_query_only(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        for number in range(2):
            self.made(tenant, f"C{number}", number)
        token = tenant.operator.get(f"{self.path}?pageSize=1").json["nextPageToken"]
        assert tenant.operator.get(f"{self.path}?pageSize=1&pageToken={token}").status == 200
        for query in (f"pageToken={token}&status=active", f"pageToken={token}x", f"pageToken={token[:-2]}"):
            refused = tenant.operator.get(f"{self.path}?{query}")
            assert (refused.status, refused.json["code"]) == (400, "invalid_page_token")

    def test_lists_are_filtered(self, tenant: TestTenant) -> None:
        self.prepare(tenant)
        for number in range(3):
            self.made(tenant, f"C{number}", number)
        tenant.operator.patch(self.at("C1"), {"status": "archived", "version": 1})
        assert self._codes(tenant, "status=archived") == ["C1"]
        assert self._codes(tenant, f"{self.code_member}=C0,C2,{_MISSING}") == ["C0", "C2"]
        assert self._codes(tenant, "createdAt.gte=2000-01-01T00:00:00Z") == ["C0", "C1", "C2"]
        assert self._codes(tenant, "createdAt.lt=2000-01-01T00:00:00Z") == []
        refused = tenant.operator.get(f"{self.path}?createdAt.lt=soon")
        assert (refused.status, refused.json["errors"][0]["parameter"]) == (400, "createdAt.lt")

    def _codes(self, tenant: TestTenant, query: str) -> list[str]:
        return [row[self.code_member] for row in tenant.operator.get(f"{self.path}?{query}").json["data"]]
