"""The fields that a JSON Schema declares."""

from ecsportal.steps.contract import JsonDict


def fields_of(schema: JsonDict) -> set[str]:
    """Paths of all fields that hold no further ones: `containers[].ports[].port`."""
    found: set[str] = set()

    def walk(part: JsonDict, path: str) -> None:
        for choice in [part, *part.get("anyOf", [])]:
            if "$ref" in choice:
                choice = schema["$defs"][choice["$ref"].rpartition("/")[2]]
            if "properties" in choice:
                for name, inner in choice["properties"].items():
                    walk(inner, f"{path}.{name}".lstrip("."))
                return
            if "$ref" in choice.get("items", {}):
                walk(choice["items"], f"{path}[]")
                return
        found.add(path)

    walk(schema, "")
    return found
