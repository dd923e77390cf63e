"""Templates as text: YAML with CloudFormation's short tags, JSON, and both back again.

In memory a template is always the long form (`{"Ref": "X"}`, `{"Fn::GetAtt": ["A", "Arn"]}`).
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

JsonDict = dict[str, Any]

_MOST_DEPTH = 200
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)(?P<decimal>\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_MAY_READ_AS_OTHER = re.compile(r"[-+.0-9][-+.:_,0-9eExXoO]*|[yYnN~]|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
_INTRINSIC = re.compile(r"Ref|Condition|Fn::[A-Za-z]+(?:::[A-Za-z]+)?")


class DocumentError(ValueError):
    """Text that is no template; `line` and `column` count from 1, or are None."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.message, self.line, self.column = message, line, column
        super().__init__(message if line is None else f"Line {line}, column {column}: {message}")


def to_json(template: JsonDict) -> str:
    """Indented JSON in the template's own order, with a line end."""
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"


def to_yaml(template: JsonDict) -> str:
    """YAML in the template's own order, functions as short tags (`!Ref`, `!GetAtt A.Arn`)."""
    text: str = yaml.dump(
        template,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=2**16,
    )
    return text


def parse(text: str) -> JsonDict:
    """The template in JSON or YAML text, functions in their long form.

    Raises DocumentError for text that CloudFormation could not read either: no object at the top,
    a key twice in one object, anchors and aliases.
    """
    value = _parse_json(text) if text.lstrip().startswith("{") else None
    return _parse_yaml(text) if value is None else value


def _parse_json(text: str) -> JsonDict | None:
    """The object, or None for text that may still be YAML in braces."""
    try:
        value = json.loads(text, object_pairs_hook=_unique_keys)
    except json.JSONDecodeError:
        return None
    except RecursionError:
        raise DocumentError("The template is nested too deeply.") from None
    return value if isinstance(value, dict) else None


def _unique_keys(pairs: list[tuple[str, Any]]) -> JsonDict:
    result: JsonDict = {}
    for key, value in pairs:
        if key in result:
            raise DocumentError(f"The key {key} is there twice.")
        result[key] = value
    return result


def _parse_yaml(text: str) -> JsonDict:
    try:
        _check_structure(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = _place_in(text, mark.line, mark.column) if mark else (None, None)
        raise DocumentError(f"This is no YAML: {error.problem}.", line, column) from error
    except yaml.YAMLError as error:
        raise DocumentError(f"This is no YAML: {error}.") from error
    value = None if node is None else _value(node)
    if not isinstance(value, dict):
        raise DocumentError("A template is an object with Resources at its top.", 1, 1)
    return value


def _place_in(text: str, line: int, column: int) -> tuple[int, int]:
    """Line and column from 1; what is missed behind the end is missed at the end of what stands."""
    lines = text.rstrip().split("\n")
    if line >= len(lines):
        return len(lines), len(lines[-1]) + 1
    return line + 1, column + 1


def _check_structure(text: str) -> None:
    """Refuse aliases and great depth before anything is built.

    The composer recurses in C, where a deep document ends the process instead of raising.
    """
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise _at(event, "CloudFormation takes no YAML aliases. Write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MOST_DEPTH:
            raise _at(event, "The template is nested too deeply.")


class _Dumper(yaml.CSafeDumper):
    """Short tags for functions; no anchors, which CloudFormation refuses."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_object(dumper: _Dumper, data: JsonDict) -> yaml.Node:
    function = _function(data)
    if function is None:
        return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=False)
    tag, argument = function
    if isinstance(argument, str):
        style = "|" if "\n" in argument else None
        return dumper.represent_scalar(tag, argument, style=style)
    if isinstance(argument, list):
        return dumper.represent_sequence(tag, argument, flow_style=False)
    return dumper.represent_mapping(tag, argument.items(), flow_style=False)


def _represent_text(dumper: _Dumper, data: str) -> yaml.Node:
    style = None
    if "\n" in data:
        style = "|"
    elif _MAY_READ_AS_OTHER.fullmatch(data):
        # Readers differ (YAML 1.1 and 1.2) in what looks like a number or a date: say it is text.
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style=style)


_Dumper.add_representer(dict, _represent_object)
_Dumper.add_representer(str, _represent_text)


def _function(data: JsonDict) -> tuple[str, Any] | None:
    """The short tag and the argument of a function, or None where the long form has to stay."""
    if len(data) != 1:
        return None
    name, argument = next(iter(data.items()))
    # `Condition` alone may be a plain attribute, and a node bears one tag: a function as the direct
    # argument of another keeps the outer one long.
    if not isinstance(name, str) or name == "Condition" or not _INTRINSIC.fullmatch(name):
        return None
    if name == "Fn::GetAtt":
        return _get_att(argument)
    if isinstance(argument, dict) and _function(argument) is not None:
        return None
    if not isinstance(argument, str | list | dict):
        return None
    return "!" + name.removeprefix("Fn::"), argument


def _get_att(argument: Any) -> tuple[str, Any] | None:
    if isinstance(argument, str):
        return "!GetAtt", argument
    if (
        isinstance(argument, list)
        and len(argument) == 2
        and all(isinstance(part, str) for part in argument)
        and "." not in argument[0]
    ):
        return "!GetAtt", ".".join(argument)
    return ("!GetAtt", argument) if isinstance(argument, list) else None


class _Loader(yaml.CSafeLoader):
    """Plain scalars by YAML 1.1, but no dates: CloudFormation knows none."""


_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _value(node: yaml.Node) -> Any:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = _scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = [_value(item) for item in node.value]
    else:
        value = _object(node)
    if not node.tag.startswith("!"):
        return value
    name = node.tag[1:]
    if not re.fullmatch(r"[A-Za-z]+(?:::[A-Za-z]+)?", name):
        raise _at(node, f"There is no function {node.tag}.")
    if name in ("Ref", "Condition"):
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{name}": value}


def _object(node: yaml.Node) -> JsonDict:
    result: JsonDict = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _at(key_node, "A key has to be plain text.")
        key = key_node.value
        if key in result:
            raise _at(key_node, f"The key {key} is there twice.")
        result[key] = _value(value_node)
    return result


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag == "tag:yaml.org,2002:bool":
        return text.lower() in ("true", "yes", "on")
    if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        # Octal, hexadecimal and base-60 spellings stay text: account ids begin with 0.
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        return float(text) if number["decimal"] or "e" in text.lower() else int(text)
    return text


def _at(where: yaml.Node | yaml.Event, message: str) -> DocumentError:
    mark = where.start_mark
    if mark is None:
        return DocumentError(message)
    return DocumentError(message, mark.line + 1, mark.column + 1)
