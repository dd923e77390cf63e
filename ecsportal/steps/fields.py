"""Field types of step inputs: a scalar holds a literal of its type, or text with `#{...}` in it.

Text that reads as the type is taken too (`"3"`, `"True"`): that is what substitution leaves behind.
What cannot be read is a shape problem, worded here once for all step types.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError, core_schema

from ecsportal.steps.bound import is_bound
from ecsportal.steps.problems import Problem

_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,18}\s*")


class StepModel(BaseModel):
    """Base of all step inputs: no field beyond the declared ones, and no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class _Scalar:
    """Reads one scalar with `read`; `schema` is what the JSON Schema says of it."""

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


def _shown(value: object) -> str:
    """How a message quotes what was found."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, str):
        return f'"{value[:40]}"'
    return "a list" if isinstance(value, list) else "an object"


def _refuse(what: str, value: object) -> PydanticCustomError:
    found = {"what": what, "found": _shown(value)}
    return PydanticCustomError("type", "Has to be {what}; it is {found}.", found)


def _read_text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise _refuse("text", value)


def _read_number(value: object) -> int | str:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if is_bound(value):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value)
    raise _refuse("a whole number", value)


def _read_optional_number(value: object) -> int | str | None:
    # Empty text is what an expression leaves when its variable is empty: nothing was stated.
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    return _read_number(value)


def _read_flag(value: object) -> bool | str:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        word = value.strip().lower()
        if word in ("true", "false"):
            return word == "true"
        if is_bound(value):
            return value
    raise _refuse("true or false", value)


def one_of(*words: str) -> _Scalar:
    """One of these words, in any letter case; it is stored as spelt here."""
    spelling = {word.lower(): word for word in words}

    def read(value: object) -> str:
        if is_bound(value):
            return value
        if isinstance(value, str) and value.lower() in spelling:
            return spelling[value.lower()]
        raise _refuse(_listed(words), value)

    return _Scalar(read, {"anyOf": [{"type": "string", "enum": list(words)}, _BOUND]})


def _listed(words: tuple[str, ...]) -> str:
    named = [word or "empty" for word in words]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def read_with(read: Callable[[Any], Any], schema: Mapping[str, Any]) -> _Scalar:
    """A scalar with its own reading; `read` raises what `wrong_shape` makes."""
    return _Scalar(read, schema)


def wrong_shape(what: str, value: object) -> Exception:
    """What a reading given to `read_with` raises: the field has to be `what`, and is not."""
    return _refuse(what, value)


_BOUND: dict[str, Any] = {"type": "string", "pattern": "#\\{"}
_WHOLE: list[dict[str, Any]] = [{"type": "integer"}, _BOUND]

Text = Annotated[str, _Scalar(_read_text, {"type": "string"})]
Number = Annotated[int | str, _Scalar(_read_number, {"anyOf": _WHOLE})]
OptionalNumber = Annotated[
    int | str | None, _Scalar(_read_optional_number, {"anyOf": [*_WHOLE, {"type": "null"}]})
]
Flag = Annotated[bool | str, _Scalar(_read_flag, {"anyOf": [{"type": "boolean"}, _BOUND]})]


_WANTED = {
    "model_type": "an object",
    "model_attributes_type": "an object",
    "dict_type": "an object",
    "list_type": "a list",
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
}
"""What pydantic's own errors ask for, by their type."""


def shape_problem(error: ErrorDetails) -> Problem:
    """One pydantic error in the portal's words, at the path that the API uses."""
    path, kind = path_of(error["loc"]), error["type"]
    if kind == "missing":
        return Problem(path, "Is missing.", "missing", "shape")
    if kind == "extra_forbidden":
        return Problem(path, f"There is no field {error['loc'][-1]}.", "unknown_field", "shape")
    if kind in _WANTED:
        return Problem(path, str(_refuse(_WANTED[kind], error["input"])), "type", "shape")
    return Problem(path, error["msg"], "type", "shape")


def path_of(location: tuple[int | str, ...]) -> str:
    """`containers[1].ports[0].port` from `("containers", 1, "ports", 0, "port")`."""
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path
