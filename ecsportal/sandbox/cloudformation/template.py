"""Templates: YAML or JSON text, checked for what CloudFormation checks before it begins."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ecsportal.sandbox.errors import validation_error

MAX_BYTES = 51_200
MAX_BYTES_IN_S3 = 1_000_000
_SECTIONS = frozenset(
    [
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Transform",
        "Resources",
        "Outputs",
        "Rules",
        "Hooks",
    ]
)
_PSEUDO = frozenset(
    f"AWS::{name}"
    for name in [
        "AccountId",
        "NotificationARNs",
        "NoValue",
        "Partition",
        "Region",
        "StackId",
        "StackName",
        "URLSuffix",
    ]
)
_TYPE = re.compile(r"^(AWS|Alexa|Custom|[A-Za-z0-9]+)::[A-Za-z0-9@_-]+(::[A-Za-z0-9@_-]+)?$")
_IN_TEXT = re.compile(r"\$\{(?!!)\s*([^}]+?)\s*\}")


class _Loader(yaml.SafeLoader):
    """YAML with the short forms of intrinsic functions, and dates left as text."""


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in resolvers if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = str(value).split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value}


_Loader.add_multi_constructor("!", _short_form)


@dataclass(frozen=True)
class Template:
    """A template that passed the checks: its text as sent, and its sections."""

    text: str
    content: dict[str, Any]

    def section(self, name: str) -> dict[str, Any]:
        """A section that is a mapping; {} where it is left out."""
        return self.content.get(name) or {}

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """The resources as written."""
        return self.section("Resources")

    @property
    def transforms(self) -> list[str]:
        """The macros that the template as a whole passes through."""
        named = self.content.get("Transform") or []
        listed = named if isinstance(named, list) else [named]
        return [str(each["Name"] if isinstance(each, dict) else each) for each in listed]

    def waits_for(self, logical_id: str) -> frozenset[str]:
        """The resources that this one needs: by DependsOn, Ref, GetAtt or Sub."""
        resource = self.resources[logical_id]
        named = resource.get("DependsOn") or []
        named = [named] if isinstance(named, str) else named
        used = references(resource.get("Properties"))
        return frozenset((*named, *used)) & frozenset(self.resources) - {logical_id}


def parse_template(text: str, *, inline: bool = True) -> Template:
    """Parse and check a template; ValidationError in AWS's words if it is not one.

    `inline` templates are limited to 51,200 bytes, those from S3 to 1 MB.
    """
    size = len(text.encode())
    if not inline and size > MAX_BYTES_IN_S3:
        raise validation_error(f"Template may not exceed {MAX_BYTES_IN_S3} bytes in size.")
    if inline and size > MAX_BYTES:
        raise validation_error(
            f"1 validation error detected: Value '{text[:40]}...' at 'templateBody' failed to "
            "satisfy constraint: Member must have length less than or equal to 51200"
        )
    template = Template(text, _load(text))
    problem = next(_problems(template), None)
    if problem:
        raise validation_error(problem)
    return template


def _load(text: str) -> dict[str, Any]:
    if not text.strip():
        raise validation_error("Template format error: unsupported structure.")
    if text.lstrip().startswith("{"):
        try:
            loaded = json.loads(text)
        except ValueError:
            raise validation_error("Template format error: JSON not well-formed.") from None
    else:
        try:
            loaded = yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader with tags
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            raise validation_error(f"Template format error: YAML not well-formed.{place}") from None
    if not isinstance(loaded, dict):
        raise validation_error("Template format error: unsupported structure.")
    return loaded


def _problems(template: Template) -> Iterator[str]:
    unknown = [name for name in template.content if name not in _SECTIONS]
    if unknown:
        yield f"Invalid template property or properties [{', '.join(map(str, unknown))}]"
    if not isinstance(template.content.get("Resources"), dict) or not template.resources:
        yield "Template format error: At least one Resources member must be defined."
    for logical_id, resource in template.resources.items():
        if not re.fullmatch(r"[A-Za-z0-9]{1,255}", str(logical_id)):
            yield f"Template format error: Resource name {logical_id} is non alphanumeric."
        if not isinstance(resource, dict) or not resource.get("Type"):
            yield (
                "Template format error: [/Resources/"
                f"{logical_id}] Every Resources object must contain a Type member."
            )
        elif not _TYPE.match(str(resource["Type"])):
            yield f"Template format error: Unrecognized resource types: [{resource['Type']}]"
    for name, parameter in template.section("Parameters").items():
        if not isinstance(parameter, dict) or not parameter.get("Type"):
            yield (
                f"Template format error: Every Parameters object must contain a Type member: {name}"
            )
    yield from _unresolved(template)
    circle = _circle(template)
    if circle:
        yield f"Circular dependency between resources: [{', '.join(circle)}]"


def _unresolved(template: Template) -> Iterator[str]:
    for name in template.transforms:
        if not name.startswith("AWS::"):
            yield f"No transform named {name} found."
    known = _PSEUDO | template.section("Parameters").keys() | template.resources.keys()
    for block, content in (
        ("Resources", template.resources),
        ("Outputs", template.section("Outputs")),
    ):
        missing = sorted(name for name in references(content) if name not in known)
        if missing:
            yield (
                f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                f"in the {block} block of the template"
            )
    for logical_id, resource in template.resources.items():
        named = resource.get("DependsOn") or []
        for other in [named] if isinstance(named, str) else named:
            if other not in template.resources:
                yield (
                    f"Template format error: Unresolved resource dependencies [{other}] "
                    "in the Resources block of the template"
                )
        condition = resource.get("Condition")
        if condition and condition not in template.section("Conditions"):
            yield f"Template format error: Unresolved condition {condition} of {logical_id}"


def references(value: Any) -> set[str]:
    """All names that a value refers to: resources, parameters, pseudo parameters."""
    return set(_references(value))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    if not isinstance(value, dict):
        return
    if set(value) == {"Ref"}:
        yield str(value["Ref"])
    elif set(value) == {"Fn::GetAtt"}:
        target = value["Fn::GetAtt"]
        yield str(target[0] if isinstance(target, list) else str(target).split(".")[0])
    elif set(value) == {"Fn::Sub"}:
        yield from _sub_references(value["Fn::Sub"])
    else:
        for item in value.values():
            yield from _references(item)


def _sub_references(value: Any) -> Iterator[str]:
    text, own = (value[0], value[1]) if isinstance(value, list) else (value, {})
    yield from _references(own)
    for name in _IN_TEXT.findall(str(text)):
        if name not in own:
            yield name.split(".")[0]


def _circle(template: Template) -> list[str]:
    waiting = {name: set(template.waits_for(name)) for name in template.resources}
    while waiting:
        free = [name for name, others in waiting.items() if not others & waiting.keys()]
        if not free:
            return sorted(waiting)
        for name in free:
            del waiting[name]
    return []
