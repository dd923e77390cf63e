"""What a resource is to be, and how that differs from what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ecsportal.sandbox.cloudformation.intrinsics import Scope
from ecsportal.sandbox.cloudformation.resource_type import ResourceType
from ecsportal.sandbox.cloudformation.resource_types import type_named
from ecsportal.sandbox.cloudformation.state import (
    Intent,
    Stack,
    StackRegion,
    StackResource,
    Tags,
    Wire,
)


@dataclass(frozen=True)
class Difference:
    """What changes: names of properties, tags, metadata. False if nothing does."""

    properties: frozenset[str]
    tags: bool
    metadata: bool

    def __bool__(self) -> bool:
        return bool(self.properties) or self.tags or self.metadata

    def is_replacement(
        self, kind: ResourceType, present: StackResource, wanted: StackResource
    ) -> bool:
        """True if it takes a new resource."""
        if present.type != wanted.type:
            return True
        return bool(self.properties) and kind.is_replacement(set(self.properties))


def scope_of(region: StackRegion, stack: Stack, intent: Intent) -> Scope:
    """What the functions of this intent may refer to, as it stands now."""
    exports = {
        output["ExportName"]: output["OutputValue"]
        for each in region.stacks
        if each is not stack and each.status != "DELETE_COMPLETE"
        for output in each.outputs
        if "ExportName" in output
    }
    return Scope(
        intent.template,
        intent.parameters,
        stack.resources,
        region.name,
        stack.name,
        stack.id,
        exports,
    )


def wanted_ids(scope: Scope) -> list[str]:
    """The resources that the conditions leave, in the template's order."""
    resources = scope.template.resources
    return [name for name, written in resources.items() if scope.is_wanted(written)]


def desired_resource(scope: Scope, stack: Stack, logical_id: str) -> StackResource:
    """The resource as the stack's intent wants it; it has no physical id yet."""
    return resource_for(scope, stack, logical_id, stack.intent.tags)


def resource_for(scope: Scope, stack: Stack, logical_id: str, stack_tags: Tags) -> StackResource:
    """The resource as a template wants it, with the stack's tags and its own."""
    written = scope.template.resources[logical_id]
    properties = scope.resolve(written.get("Properties") or {})
    kind = type_named(written["Type"])
    tags = _tags(properties, stack, logical_id, stack_tags) if kind.takes_tags else {}
    return StackResource(
        logical_id,
        written["Type"],
        properties,
        tags,
        metadata=written.get("Metadata"),
        retained=written.get("DeletionPolicy") in {"Retain", "RetainExceptOnCreate"},
        waits_for=scope.template.waits_for(logical_id),
    )


def _tags(properties: Wire, stack: Stack, logical_id: str, stack_tags: Tags) -> Tags:
    own = properties.get("Tags")
    listed = own if isinstance(own, list) else []
    # The resource's own tag wins over the stack's with the same key.
    return {
        **stack_tags,
        **{str(tag["Key"]): str(tag.get("Value", "")) for tag in listed},
        "aws:cloudformation:stack-name": stack.name,
        "aws:cloudformation:stack-id": stack.id,
        "aws:cloudformation:logical-id": logical_id,
    }


def difference(present: StackResource, wanted: StackResource) -> Difference:
    """How the two differ; tags count apart from the other properties."""
    names = (present.properties.keys() | wanted.properties.keys()) - {"Tags"}
    changed = {
        name
        for name in names
        if not _same(present.properties.get(name), wanted.properties.get(name))
    }
    if present.type != wanted.type:
        changed.add("Type")
    return Difference(
        frozenset(changed), present.tags != wanted.tags, present.metadata != wanted.metadata
    )


def _same(left: Any, right: Any) -> bool:
    """Equal, where a number and its text are the same: parameters are always text."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if left is None or right is None:
        return left is right
    return left == right or _plain(left) == _plain(right)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def resolve_outputs(scope: Scope) -> list[Wire]:
    """The stack's outputs."""
    outputs = []
    for name, written in scope.template.section("Outputs").items():
        if not scope.is_wanted(written):
            continue
        output = {"OutputKey": name, "OutputValue": str(scope.resolve(written["Value"]))}
        if written.get("Description"):
            output["Description"] = str(written["Description"])
        if written.get("Export"):
            output["ExportName"] = str(scope.resolve(written["Export"]["Name"]))
        outputs.append(output)
    return outputs
