"""The JSON Schema of a whole process, so that an editor completes and checks its YAML."""

from __future__ import annotations

from ecsportal.projects.step_document import MAX_STEPS, StepDocument
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.step_type import StepType


def process_schema() -> JsonDict:
    """The schema (draft 2020-12) of the document; a step's type and version choose its inputs."""
    step = StepDocument.model_json_schema()
    kinds = catalogue.all()
    step["properties"]["type"] = {
        "type": "string",
        "enum": [kind.slug for kind in kinds],
        "description": "; ".join(f"{kind.slug}: {kind.summary}" for kind in kinds),
    }
    definitions: JsonDict = step.pop("$defs", {})
    step["allOf"] = [
        _inputs_of(kind, version, definitions)
        for kind in kinds
        for version in range(1, kind.version + 1)
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Process of a project in ECS Portal",
        "type": "object",
        "additionalProperties": False,
        "required": ["steps"],
        "properties": {"steps": {"type": "array", "maxItems": MAX_STEPS, "items": step}},
        "$defs": definitions,
    }


def _inputs_of(kind: StepType, version: int, definitions: JsonDict) -> JsonDict:
    """`if` the step is of this type and version `then` its inputs are these.

    A step that leaves its version out is of the newest.
    """
    name = f"{kind.slug}-{version}"
    schema = _renamed(kind.schema(version), f"#/$defs/{name}-")
    for key, definition in schema.pop("$defs", {}).items():
        definitions[f"{name}-{key}"] = definition
    definitions[name] = schema
    condition: JsonDict = {
        "properties": {"type": {"const": kind.slug}, "version": {"const": version}},
        "required": ["type"] if version == kind.version else ["type", "version"],
    }
    return {"if": condition, "then": {"properties": {"inputs": {"$ref": f"#/$defs/{name}"}}}}


def _renamed(schema: JsonDict, prefix: str) -> JsonDict:
    """The schema with its references to its own definitions under another prefix."""

    def rename(value: object) -> object:
        if isinstance(value, list):
            return [rename(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            key: inner.replace("#/$defs/", prefix)
            if key == "$ref" and isinstance(inner, str)
            else rename(inner)
            for key, inner in value.items()
        }

    renamed = rename(schema)
    assert isinstance(renamed, dict)
    return renamed
