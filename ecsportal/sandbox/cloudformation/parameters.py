"""Template parameters: values given, previous and default ones, checked against the template."""

from __future__ import annotations

import re
from typing import Any

from ecsportal.sandbox.cloudformation.state import NO_ECHO, Wire
from ecsportal.sandbox.cloudformation.template import Template
from ecsportal.sandbox.errors import validation_error


def resolve_parameters(template: Template, given: list[Wire], previous: Wire | None) -> Wire:
    """The value of every parameter, lists as comma separated text; ValidationError otherwise.

    `previous` are the stack's present values, or None where there is no stack to take them from.
    """
    declared = template.section("Parameters")
    unknown = [each["ParameterKey"] for each in given if each["ParameterKey"] not in declared]
    if unknown:
        raise validation_error(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    by_name = {each["ParameterKey"]: each for each in given}
    values, missing = {}, []
    for name, declaration in declared.items():
        entry = by_name.get(name)
        if entry is not None and entry.get("UsePreviousValue"):
            if previous is None:
                raise validation_error(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as "
                    "true for a parameter key not in the previous template"
                )
            values[name] = previous.get(name, _text(declaration.get("Default")))
        elif entry is not None:
            values[name] = str(entry.get("ParameterValue", ""))
        elif "Default" in declaration:
            values[name] = _text(declaration["Default"])
        else:
            missing.append(name)
    if missing:
        raise validation_error(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, value, declared[name])
    return values


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, value: str, declaration: Wire) -> None:
    allowed = declaration.get("AllowedValues")
    if allowed and value not in [_text(each) for each in allowed]:
        listed = ", ".join(_text(each) for each in allowed)
        raise validation_error(f"Parameter '{name}' must be one of AllowedValues [{listed}]")
    pattern = declaration.get("AllowedPattern")
    if pattern and not re.fullmatch(str(pattern), value):
        hint = declaration.get("ConstraintDescription", f"must match pattern {pattern}")
        raise validation_error(f"Parameter {name} failed to satisfy constraint: {hint}")
    if declaration["Type"] == "Number":
        try:
            number = float(value)
        except ValueError:
            raise validation_error(
                f"Parameter validation failed: parameter value {value} for parameter name {name} "
                "is not a number"
            ) from None
        low, high = declaration.get("MinValue"), declaration.get("MaxValue")
        if (low is not None and number < float(low)) or (high is not None and number > float(high)):
            raise validation_error(f"Parameter '{name}' must be a number within its limits")
    low, high = declaration.get("MinLength"), declaration.get("MaxLength")
    if (low is not None and len(value) < int(low)) or (high is not None and len(value) > int(high)):
        raise validation_error(f"Parameter '{name}' must contain at least {low or 0} characters")


def describe_parameters(template: Template, values: Wire) -> list[Wire]:
    """Parameters as DescribeStacks shows them, secret ones masked."""
    declared = template.section("Parameters")
    return [
        {
            "ParameterKey": name,
            "ParameterValue": NO_ECHO if is_secret(declared.get(name, {})) else value,
        }
        for name, value in values.items()
    ]


def is_secret(declaration: Wire) -> bool:
    """True for NoEcho parameters."""
    return str(declaration.get("NoEcho", "false")).lower() == "true"
