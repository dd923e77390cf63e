"""A document with its keys in the order in which its JSON Schema names them."""

from __future__ import annotations

from typing import Any

from ecsportal.steps.contract import JsonDict


def in_order(document: Any, schema: JsonDict) -> Any:
    """The same document, objects at any depth ordered; keys that the schema lacks come last."""
    return _ordered(document, schema, schema.get("$defs", {}))


def _ordered(value: Any, schema: JsonDict, definitions: JsonDict) -> Any:
    schema = _resolved(schema, definitions)
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_ordered(item, items, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    properties: JsonDict = schema.get("properties", {})
    names = [*(name for name in properties if name in value)]
    names += [name for name in value if name not in properties]
    return {name: _ordered(value[name], properties.get(name, {}), definitions) for name in names}


def _resolved(schema: JsonDict, definitions: JsonDict) -> JsonDict:
    """What a reference leads to; of alternatives the one that describes an object or a list."""
    reference = schema.get("$ref", "")
    if reference:
        return _resolved(definitions.get(reference.rpartition("/")[2], {}), definitions)
    for each in [*schema.get("anyOf", []), *schema.get("oneOf", []), *schema.get("allOf", [])]:
        found = _resolved(each, definitions)
        if "properties" in found or "items" in found:
            return found
    return schema
