"""Documents in the order of their schema."""

from __future__ import annotations

from ecsportal.projects.schema_order import in_order
from ecsportal.steps import catalogue
from tests.steps.deploy_ecs_service.every_input import every_input

SCHEMA = {
    "properties": {
        "name": {"type": "string"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Part"}},
        "extra": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
    },
    "$defs": {"Part": {"properties": {"b": {}, "a": {}}}},
}


def keys(document: dict[str, object]) -> list[str]:
    return list(document)


def test_keys_come_in_the_order_of_the_schema_at_any_depth() -> None:
    document = {"extra": {"a": 1, "b": 2}, "parts": [{"a": 1, "b": 2}], "name": "x"}

    ordered = in_order(document, SCHEMA)

    assert ordered == document
    assert keys(ordered) == ["name", "parts", "extra"]
    assert keys(ordered["parts"][0]) == ["b", "a"]
    assert keys(ordered["extra"]) == ["b", "a"]


def test_what_the_schema_lacks_comes_last_and_stays() -> None:
    ordered = in_order({"zzz": 1, "name": "x", "aaa": {"k": [1]}}, SCHEMA)

    assert keys(ordered) == ["name", "zzz", "aaa"]
    assert ordered["aaa"] == {"k": [1]}


def test_a_whole_step_begins_with_what_the_reader_looks_for() -> None:
    kind = catalogue.get("deploy-ecs-service")
    document = dict(sorted(every_input().items()))

    ordered = in_order(document, kind.schema(2))

    assert ordered == document
    assert keys(ordered)[0] == "task_name"
    assert keys(ordered["containers"][0])[:2] == ["name", "image"]
