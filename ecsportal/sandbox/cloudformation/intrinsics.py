"""Intrinsic functions: a template's values with everything resolved."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ecsportal.sandbox.cloudformation.state import StackResource, Wire
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.errors import validation_error
from ecsportal.sandbox.identifiers import ACCOUNT_ID

UNKNOWN = "{{not known yet}}"
"""Stands for what a resource will only have once it is made."""

_NO_VALUE = object()
_IN_TEXT = re.compile(r"\$\{(!?)\s*([^}]+?)\s*\}")


@dataclass(frozen=True)
class Scope:
    """What a template's functions may refer to."""

    template: Template
    parameters: Wire
    resources: Mapping[str, StackResource]
    region: str
    stack_name: str
    stack_id: str
    exports: Mapping[str, str]

    def condition(self, name: str) -> bool:
        """The value of a named condition."""
        conditions = self.template.section("Conditions")
        if name not in conditions:
            raise validation_error(f"Template error: unresolved condition dependency {name}")
        return bool(self.value(conditions[name]))

    def resolve(self, value: Any) -> Any:
        """`value` with every function replaced by its result; AWS::NoValue removes its key."""
        resolved = self.value(value)
        return None if resolved is _NO_VALUE else resolved

    def is_wanted(self, part: Mapping[str, Any]) -> bool:
        """True unless the `Condition` of this resource or output is false."""
        return "Condition" not in part or self.condition(part["Condition"])

    def value(self, value: Any) -> Any:
        """Like `resolve`, but AWS::NoValue stays a marker, for the structure around it."""
        if isinstance(value, list):
            items = [self.value(item) for item in value]
            return [item for item in items if item is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self.ref(str(argument))
            if name == "Condition" and isinstance(argument, str):
                return self.condition(argument)
            if str(name).startswith("Fn::"):
                return self._call(str(name), argument)
        resolved = {key: self.value(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def ref(self, name: str) -> Any:
        """What `Ref` gives for a name."""
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT_ID,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.stack_name,
            "AWS::StackId": self.stack_id,
            "AWS::NotificationARNs": [],
            "AWS::NoValue": _NO_VALUE,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self._parameter(name)
        resource = self.resources.get(name)
        return UNKNOWN if resource is None else (resource.physical_id or UNKNOWN)

    def _parameter(self, name: str) -> Any:
        declared = str(self.template.section("Parameters")[name]["Type"])
        value = self.parameters[name]
        if declared == "CommaDelimitedList" or declared.startswith("List<"):
            return [item.strip() for item in value.split(",")] if value else []
        return value

    def _call(self, name: str, argument: Any) -> Any:
        function = _FUNCTIONS.get(name)
        if function is None:
            raise validation_error(f"Template error: {name} is not supported here")
        return function(self, argument)

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """What `Fn::GetAtt` gives."""
        resource = self.resources.get(logical_id)
        if resource is None or not resource.physical_id:
            return UNKNOWN
        if attribute not in resource.attributes:
            raise validation_error(
                f"Template error: resource {logical_id} does not support attribute type "
                f"{attribute} in Fn::GetAtt"
            )
        return resource.attributes[attribute]


def _get_att(scope: Scope, argument: Any) -> Any:
    parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
    return scope.attribute(str(parts[0]), str(scope.value(parts[1])))


def _sub(scope: Scope, argument: Any) -> Any:
    text, own = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})
    values = {key: scope.value(item) for key, item in own.items()}

    def fill(found: re.Match[str]) -> str:
        is_literal, name = found.groups()
        if is_literal:
            return f"${{{name}}}"
        if name in values:
            return str(values[name])
        logical_id, dot, attribute = name.partition(".")
        return str(scope.attribute(logical_id, attribute) if dot else scope.ref(name))

    return _IN_TEXT.sub(fill, str(text))


def _join(scope: Scope, argument: Any) -> Any:
    return str(argument[0]).join(str(item) for item in scope.value(argument[1]))


def _select(scope: Scope, argument: Any) -> Any:
    items, index = scope.value(argument[1]), int(scope.value(argument[0]))
    if not isinstance(items, list) or not 0 <= index < len(items):
        raise validation_error(
            f"Template error: Fn::Select cannot select nonexistent value at index {index}"
        )
    return items[index]


def _split(scope: Scope, argument: Any) -> Any:
    return str(scope.value(argument[1])).split(str(argument[0]))


def _if(scope: Scope, argument: Any) -> Any:
    return scope.value(argument[1] if scope.condition(argument[0]) else argument[2])


def _equals(scope: Scope, argument: Any) -> Any:
    left, right = (scope.value(item) for item in argument)
    return str(left) == str(right)


def _find_in_map(scope: Scope, argument: Any) -> Any:
    name, first, second = (scope.value(item) for item in argument[:3])
    try:
        return scope.template.section("Mappings")[name][first][second]
    except KeyError:
        raise validation_error(
            f"Template error: Unable to get mapping for {name}::{first}::{second}"
        ) from None


def _import_value(scope: Scope, argument: Any) -> Any:
    name = str(scope.value(argument))
    if name not in scope.exports:
        raise validation_error(f"No export named {name} found.")
    return scope.exports[name]


_FUNCTIONS: dict[str, Callable[[Scope, Any], Any]] = {
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
    "Fn::If": _if,
    "Fn::Equals": _equals,
    "Fn::And": lambda scope, argument: all(scope.value(item) for item in argument),
    "Fn::Or": lambda scope, argument: any(scope.value(item) for item in argument),
    "Fn::Not": lambda scope, argument: not scope.value(argument[0]),
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::Base64": lambda scope, argument: base64.b64encode(
        str(scope.value(argument)).encode()
    ).decode(),
    "Fn::GetAZs": lambda scope, argument: [f"{scope.region}{zone}" for zone in "abc"],
}
