"""JSON Schema of answers, which are encoded and never decoded: their types may say what no decoder could tell apart.

(msgspec refuses unions of untagged Structs, such as an item as its owner and as a retail partner sees it.)
"""

from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

_TOLD = ("title", "description")

Schema = dict[str, Any]
Register = Callable[[str, Schema], None]


def answer_schema(type_: Any, register: Register, known: set[type] | None = None) -> Schema:
    """Return a type's schema; each Struct in it becomes a component, given to `register`."""
    known = set() if known is None else known
    origin, arguments = get_origin(type_), get_args(type_)

    def below(part: Any) -> Schema:
        return answer_schema(part, register, known)

    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        if type_ not in known:
            known.add(type_)
            register(type_.__name__, _struct(type_, below))
        return {"$ref": f"#/components/answers/{type_.__name__}"}
    if origin in (Union, UnionType):
        options = [below(part) for part in arguments if part is not msgspec.UnsetType]
        return options[0] if len(options) == 1 else {"anyOf": options}
    if origin is list:
        return {"type": "array", "items": below(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": below(arguments[1])}
    if origin is Annotated and _is_compound(arguments[0]):
        told = {name: text for meta in arguments[1:] for name in _TOLD if (text := getattr(meta, name, None))}
        return {**below(arguments[0]), **told}
    return _plain(type_, register)


def _struct(type_: type[msgspec.Struct], below: Callable[[Any], Schema]) -> Schema:
    config = type_.__struct_config__
    hints = get_type_hints(type_, include_extras=True)
    fields = msgspec.structs.fields(type_)
    properties: Schema = {field.encode_name: below(hints[field.name]) for field in fields}
    required = [field.encode_name for field in fields if msgspec.UnsetType not in get_args(hints[field.name])]
    if config.tag_field:
        properties = {config.tag_field: {"enum": [config.tag]}, **properties}
        required.insert(0, config.tag_field)
    schema: Schema = {"title": type_.__name__}
    if type_.__doc__:
        schema["description"] = " ".join(type_.__doc__.split())
    return {**schema, "type": "object", "properties": properties, "required": required}


def _is_compound(type_: Any) -> bool:
    """True for what msgspec may be unable to describe."""
    return get_origin(type_) in (Union, UnionType, list, dict) or (
        isinstance(type_, type) and issubclass(type_, msgspec.Struct)
    )


def _plain(type_: Any, register: Register) -> Schema:
    if type_ is Any or type_ is object:
        return {}
    if type_ is NoneType:
        return {"type": "null"}
    (schema,), components = msgspec.json.schema_components([type_], ref_template="#/components/answers/{name}")
    for name, component in components.items():
        register(name, component)
    return schema
