"""What an update would change, found out beforehand: for change sets and for "no updates"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ecsportal.sandbox.cloudformation.desired import (
    Difference,
    difference,
    resolve_outputs,
    resource_for,
    scope_of,
    wanted_ids,
)
from ecsportal.sandbox.cloudformation.intrinsics import Scope
from ecsportal.sandbox.cloudformation.resource_types import type_named
from ecsportal.sandbox.cloudformation.state import Intent, Stack, StackRegion, StackResource, Wire
from ecsportal.sandbox.errors import AwsError


@dataclass(frozen=True)
class Change:
    """One resource that would change. `difference` is None for one that is added or removed."""

    action: str
    resource: StackResource
    difference: Difference | None = None
    replaces: bool = False

    def wire(self) -> Wire:
        """As DescribeChangeSet shows it."""
        change: Wire = {
            "Action": self.action,
            "LogicalResourceId": self.resource.logical_id,
            "ResourceType": self.resource.type,
            "Scope": [],
            "Details": [],
        }
        if self.resource.physical_id:
            change["PhysicalResourceId"] = self.resource.physical_id
        if self.difference is not None:
            change["Replacement"] = "True" if self.replaces else "False"
            change["Scope"] = self._scope(self.difference)
            change["Details"] = self._details(self.difference)
        return {"Type": "Resource", "ResourceChange": change}

    def _scope(self, diff: Difference) -> list[str]:
        parts = {"Properties": diff.properties, "Tags": diff.tags, "Metadata": diff.metadata}
        return [name for name, changed in parts.items() if changed]

    def _details(self, diff: Difference) -> list[Wire]:
        always = "Always" if self.replaces else "Never"
        details = [
            _detail({"Attribute": "Properties", "Name": name, "RequiresRecreation": always})
            for name in sorted(diff.properties)
        ]
        if diff.tags:
            details.append(_detail({"Attribute": "Tags", "RequiresRecreation": "Never"}))
        return details


def _detail(target: Wire) -> Wire:
    return {"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"}


def changes_between(region: StackRegion, stack: Stack, intent: Intent) -> list[Change | str]:
    """All that `intent` would change; "Outputs" stands for a change of outputs alone."""
    scope = scope_of(region, stack, intent)
    wanted = wanted_ids(scope)
    changes: list[Change | str] = []
    replaced: set[str] = set()
    for name in _in_order(scope, wanted):
        change = _change_of(scope, stack, intent, name, replaced)
        if change is not None:
            changes.append(change)
            if change.replaces:
                replaced.add(name)
    for name, resource in stack.resources.items():
        if name not in wanted:
            changes.append(Change("Remove", resource))
    if not changes and _outputs_differ(scope, stack):
        changes.append("Outputs")
    return changes


def _in_order(scope: Scope, wanted: list[str]) -> list[str]:
    ordered: list[str] = []
    waiting = list(wanted)
    while waiting:
        free = [
            name for name in waiting if not scope.template.waits_for(name) & set(waiting) - {name}
        ]
        ordered += free
        waiting = [name for name in waiting if name not in free]
    return ordered


def _change_of(
    scope: Scope, stack: Stack, intent: Intent, name: str, replaced: set[str]
) -> Change | None:
    present = stack.resources.get(name)
    others: Mapping[str, StackResource] = {
        key: each for key, each in stack.resources.items() if key not in replaced
    }
    foreseen = Scope(
        scope.template,
        scope.parameters,
        others,
        scope.region,
        scope.stack_name,
        scope.stack_id,
        scope.exports,
    )
    wanted = resource_for(foreseen, stack, name, intent.tags)
    if present is None or not present.physical_id:
        return Change("Add", wanted)
    diff = difference(present, wanted)
    if not diff:
        return None
    replaces = diff.is_replacement(type_named(wanted.type), present, wanted)
    return Change("Modify", present, diff, replaces)


def _outputs_differ(scope: Scope, stack: Stack) -> bool:
    try:
        return resolve_outputs(scope) != stack.outputs
    except AwsError:
        return True
