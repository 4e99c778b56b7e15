"""What of a change to the document breaks callers that keep to the released one.

A request may be asked for less and take more; an answer may say more and never less. What was promised and is gone, or
what was good and is refused, is breaking.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_LOWER, _UPPER = ("minimum", "minLength", "minItems"), ("maximum", "maxLength", "maxItems")


def breaking_changes(released: Schema, present: Schema) -> list[str]:
    """Return one line per breaking change, each beginning with the operationId."""
    return list(dict.fromkeys(_changes(released, present)))


def _changes(released: Schema, present: Schema) -> Iterator[str]:
    for part in ("paths", "webhooks"):
        for path, item in released.get(part, {}).items():
            for method in (method for method in _METHODS if method in item):
                old, new = item[method], present.get(part, {}).get(path, {}).get(method)
                name = old["operationId"]
                if new is None:
                    yield f"{name} is gone"
                    continue
                if new["operationId"] != name:
                    yield f"{name} is called {new['operationId']}"
                # What we send to webhooks is read by callers, as answers are.
                compare = _Comparison(name, released, present, sent_by_us=part == "webhooks")
                yield from compare.operation(old, new)


class _Comparison:
    """One operation, then and now."""

    def __init__(self, name: str, released: Schema, present: Schema, *, sent_by_us: bool) -> None:
        self.name, self.released, self.present, self.sent_by_us = name, released, present, sent_by_us
        self._seen: set[tuple[str, str, bool]] = set()

    def operation(self, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._parameters(old, new)
        if old.get("security") != new.get("security"):
            yield f"{self.name} needs other scopes"
        yield from self._body(old.get("requestBody", {}), new.get("requestBody", {}))
        for status, response in old["responses"].items():
            if status not in new["responses"]:
                yield f"{self.name} answers {status} no longer"
                continue
            place = f"{status}"
            yield from self._content(response, new["responses"][status], place, answer=True)
            gone = set(response.get("headers", {})) - set(new["responses"][status].get("headers", {}))
            yield from (f"{self.name} {status} has no header {header}" for header in sorted(gone))

    def _parameters(self, old: Schema, new: Schema) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in self._resolved(self.released, old.get("parameters", []))}
        after = {(each["in"], each["name"]): each for each in self._resolved(self.present, new.get("parameters", []))}
        yield from (f"{self.name} takes no parameter {name}" for where, name in before if (where, name) not in after)
        for (where, name), parameter in after.items():
            earlier = before.get((where, name))
            if parameter.get("required") and not (earlier or {}).get("required"):
                yield f"{self.name} needs the parameter {name}"
            if earlier is not None:
                yield from self.schemas(earlier["schema"], parameter["schema"], f"parameter {name}", answer=False)

    def _body(self, old: Schema, new: Schema) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{self.name} needs a body"
        yield from self._content(old, new, "body", answer=self.sent_by_us)

    def _content(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        for kind, media in old.get("content", {}).items():
            if kind not in new.get("content", {}):
                yield f"{self.name} {place} knows {kind} no longer"
            else:
                yield from self.schemas(media["schema"], new["content"][kind]["schema"], place, answer=answer)

    def schemas(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        """Compare two schemas of the same place."""
        pair = (str(old.get("$ref")), str(new.get("$ref")), answer)
        if "$ref" in old and pair in self._seen:
            return
        self._seen.add(pair)
        (old,), (new,) = self._resolved(self.released, [old]), self._resolved(self.present, [new])
        yield from self._types(old, new, place, answer=answer)
        yield from self._values(old, new, place, answer=answer)
        yield from self._members(old, new, place, answer=answer)
        if "items" in old and "items" in new:
            yield from self.schemas(old["items"], new["items"], f"{place}/items", answer=answer)
        yield from self._options(old, new, place, answer=answer)
        if not answer:
            yield from self._bounds(old, new, place)

    def _types(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        before, after = _types_of(old), _types_of(new)
        narrower, wider = (after, before) if answer else (before, after)
        if before and after and narrower - wider - ({"integer"} if "number" in wider else set()):
            yield f"{self.name} {place} has another type"

    def _values(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        before, after = _values_of(old), _values_of(new)
        if answer:  # open: values may come, and known ones may not be renamed
            before, after = set(old.get("x-extensible-enum", before)), set(new.get("x-extensible-enum", after))
        yield from (f"{self.name} {place} knows {value!r} no longer" for value in sorted(before - after) if after)
        if not answer and after and not before:
            yield f"{self.name} {place} takes some values only"

    def _members(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        yield from (f"{self.name} {place}/{name} is gone" for name in before if after and name not in after)
        if answer:
            lost = set(old.get("required", ())) - set(new.get("required", ()))
            yield from (f"{self.name} {place}/{name} may be missing" for name in sorted(lost & set(after)))
        else:
            asked = set(new.get("required", ())) - set(old.get("required", ()))
            yield from (f"{self.name} {place}/{name} is needed" for name in sorted(asked) if before or after)
        for name in before.keys() & after.keys():
            yield from self.schemas(before[name], after[name], f"{place}/{name}", answer=answer)

    def _options(self, old: Schema, new: Schema, place: str, *, answer: bool) -> Iterator[str]:
        before, after = _options_of(old), _options_of(new)
        for name, option in before.items():
            if name in after:
                yield from self.schemas(option, after[name], place, answer=answer)
            elif not answer:
                yield f"{self.name} {place} takes no {name}"
        if answer and before:
            yield from (f"{self.name} {place} may be {name}" for name in after if name not in before)

    def _bounds(self, old: Schema, new: Schema, place: str) -> Iterator[str]:
        for name in _LOWER:
            if name in new and new[name] > old.get(name, float("-inf")):
                yield f"{self.name} {place} has a higher {name}"
        for name in _UPPER:
            if name in new and new[name] < old.get(name, float("inf")):
                yield f"{self.name} {place} has a lower {name}"
        for name in ("pattern", "format"):
            if name in new and new[name] != old.get(name) and not _takes_more(old.get(name, ""), new[name]):
                yield f"{self.name} {place} has another {name}"
        if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
            yield f"{self.name} {place} takes no further members"

    @staticmethod
    def _resolved(document: Schema, given: list[Schema]) -> list[Schema]:
        found = []
        for each in given:
            part = each
            while "$ref" in part:
                *_, kind, name = part["$ref"].split("/")
                part = document["components"][kind][name]
            found.append(part)
        return found


def _takes_more(old: str, new: str) -> bool:
    """Tell whether a pattern takes what the old one took, or something else: `^(old|…)$` where it was `^old$`."""
    whole = old.startswith("^") and old.endswith("$")
    return whole and new.startswith(f"^({old[1:-1]}|") and new.endswith(")$")


def _types_of(schema: Schema) -> set[str]:
    given = schema.get("type", [])
    return {given} if isinstance(given, str) else set(given)


def _values_of(schema: Schema) -> set[str]:
    return {str(value) for value in schema.get("enum", [schema["const"]] if "const" in schema else [])}


def _options_of(schema: Schema) -> dict[str, Schema]:
    """Return the members of a union by what tells them apart: their names, or their types."""
    options = schema.get("oneOf", []) + schema.get("anyOf", [])
    return {str(option.get("$ref", option.get("type"))).rpartition("/")[2]: option for option in options}
