"""A step of Octopus Deploy as a step of this portal.

Properties that nothing here reads are reported one by one. The step types that can be imported say
so themselves, by having `from_octopus`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.octopus_source import Report, Source
from ecsportal.steps.problems import Problem, StepInputsError
from ecsportal.steps.step_type import StepType

_TARGET_TAGS = "Octopus.Action.TargetRoles"
# What says who and where the action is in Octopus Deploy, and nothing of what it does.
_IDENTITY = frozenset(
    {
        "Id", "Slug", "Name", "ActionType", "StepPackageId", "StepPackageVersion", "Packages",
        "Properties", "Actions", "Inputs", "Links", "LastModifiedOn", "LastModifiedBy",
        "CanBeUsedForProjectVersioning",
    }
)  # fmt: skip
# What every action says, where it says nothing special.
_ORDINARY = {
    "Condition": ("Success",),
    "StartTrigger": ("StartAfterPrevious",),
    "PackageRequirement": ("LetOctopusDecide",),
}
_OLD_PACKAGE = (
    "This step is kept as a step package (Inputs instead of Properties). In Octopus Deploy, open "
    "the step, upgrade it to the newest version of its template, save, and export it again."
)


@dataclass(frozen=True)
class ImportedStep:
    """A step document, and a line for each thing that was not carried over or was changed."""

    document: JsonDict
    report: tuple[str, ...]
    warnings: tuple[Problem, ...]


@runtime_checkable
class ImportsFromOctopus(Protocol):
    """A step type that knows how Octopus Deploy keeps it."""

    def from_octopus(
        self, properties: Source, packages: Mapping[str, JsonDict], package_version: str
    ) -> tuple[int, JsonDict] | None:
        """Version and inputs, or None for properties of another step.

        `packages` are the action's packages by id; `package_version` is the step package's version
        as Octopus Deploy names it, or empty.
        """


def import_octopus_step(exported: object) -> ImportedStep:
    """The step in what Octopus Deploy's API gives for a step or an action.

    Raises StepInputsError where that is no such step.
    """
    step, action = _step_and_action(exported)
    report = Report()
    properties = Source({**_properties(step), **_properties(action)}, "", report)
    packages = _packages(action)
    tags = [tag.strip() for tag in properties.text(_TARGET_TAGS).split(",") if tag.strip()]
    package_version = str(action.get("StepPackageVersion") or "")
    step_type, version, inputs = _read(properties, packages, package_version, action)
    properties.close()
    _report_settings(step, action, report)
    problems = step_type.check(inputs, version)
    document = {
        "type": step_type.slug,
        "version": version,
        "name": str(action.get("Name") or step.get("Name") or ""),
        "target_tags": tags,
        "inputs": inputs,
    }
    return ImportedStep(document, tuple(report.lines), tuple(problems))


def _step_and_action(exported: object) -> tuple[JsonDict, JsonDict]:
    """The step around the action, empty for an action alone, and the action."""
    if not isinstance(exported, dict):
        raise _refusal("", "Has to be an object: a step or an action of Octopus Deploy.")
    if "Steps" in exported and "Properties" not in exported:
        count = len(_objects(exported.get("Steps")))
        message = f"Is a whole process of {count} steps. Import its steps one by one."
        raise _refusal("Steps", message)
    actions = _objects(exported.get("Actions"))
    if len(actions) > 1:
        message = f"Has {len(actions)} actions. Import them one by one."
        raise _refusal("Actions", message)
    return (exported, actions[0]) if actions else ({}, exported)


def _read(
    properties: Source, packages: Mapping[str, JsonDict], package_version: str, action: JsonDict
) -> tuple[StepType, int, JsonDict]:
    for step_type in catalogue.all():
        if isinstance(step_type, ImportsFromOctopus):
            found = step_type.from_octopus(properties, packages, package_version)
            if found is not None:
                return step_type, *found
    if action.get("Inputs") or (action.get("StepPackageId") and not _properties(action)):
        raise _refusal("Inputs", _OLD_PACKAGE)
    raise _refusal("Properties", "Holds no properties of a step that can be imported.")


def _packages(action: JsonDict) -> dict[str, JsonDict]:
    """The action's packages by id, and by name where no id is the same."""
    listed = _objects(action.get("Packages"))
    by_name = {str(each["Name"]): each for each in listed if each.get("Name")}
    return by_name | {str(each.get("Id", "")): each for each in listed}


def _properties(holder: JsonDict) -> JsonDict:
    value = holder.get("Properties")
    return value if isinstance(value, dict) else {}


def _report_settings(step: JsonDict, action: JsonDict, report: Report) -> None:
    """What stands beside the properties and asks for something is not carried over either."""
    for holder in (step, action):
        for key, value in holder.items():
            if key in _IDENTITY or _says_nothing(value) or value in _ORDINARY.get(key, ()):
                continue
            report.add(key, "Is not carried over: set it in the process.")


def _says_nothing(value: Any) -> bool:
    """True for what is off or empty, objects of nothing else included."""
    if isinstance(value, dict):
        return all(map(_says_nothing, value.values()))
    return value in (None, "", [], False)


def _objects(value: Any) -> list[JsonDict]:
    items: Iterable[Any] = value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict)]


def _refusal(path: str, message: str) -> StepInputsError:
    return StepInputsError([Problem(path, message, "not_importable", "shape")])
