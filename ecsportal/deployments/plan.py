"""What goes where: which steps of a release run in an environment, and on which targets.

Pure decisions over plain values; the services and the page ask the same functions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.steps.catalogue import runs_on_targets


@dataclass(frozen=True)
class PlannedStep:
    """A step with the targets it will run on, or with the reason why it won't run."""

    slug: str
    name: str
    type: str
    version: int
    targets: tuple[DeploymentTarget, ...]
    """Empty also where the step runs without a target: ask `runs`."""
    skipped: str = ""
    problem: str = ""
    """Why a deployment that includes this step is refused; empty when all is well."""
    runs_on_targets: bool = True

    @property
    def runs(self) -> bool:
        """False where the step is skipped, or no target is left for it."""
        return not self.skipped and (bool(self.targets) or not self.runs_on_targets)


def plan_steps(
    steps: Sequence[dict[str, Any]],
    *,
    environment_slug: str,
    environment_name: str,
    channel_slug: str,
    targets: Sequence[DeploymentTarget],
    skip_steps: Iterable[str] = (),
    only_targets: Iterable[str] = (),
) -> list[PlannedStep]:
    """The steps in order. `targets` are all targets of the environment, disabled ones included."""
    skip, only = set(skip_steps), set(only_targets)
    planned = []
    for step in steps:
        skipped = _why_skipped(step, environment_slug, environment_name, channel_slug, skip)
        on_targets = runs_on_targets(step["type"])
        matching = [t for t in targets if set(t.target_tags) & set(step["target_tags"])]
        enabled = [t for t in matching if not t.disabled and (not only or t.slug in only)]
        planned.append(
            PlannedStep(
                slug=step["slug"],
                name=step["name"],
                type=step["type"],
                version=step["version"],
                targets=() if skipped or not on_targets else tuple(enabled),
                skipped=skipped,
                problem=""
                if skipped or enabled or not on_targets
                else _why_no_target(step, matching, environment_name, only),
                runs_on_targets=on_targets,
            )
        )
    return planned


def _why_skipped(
    step: dict[str, Any], environment: str, environment_name: str, channel: str, skip: set[str]
) -> str:
    if step.get("disabled"):
        return "The step is disabled."
    if step["slug"] in skip:
        return "Excluded from this deployment."
    if step.get("environments") and environment not in step["environments"]:
        return f"The step doesn't run in {environment_name}."
    if step.get("channels") and channel not in step["channels"]:
        return "The step doesn't run in this channel."
    return ""


def _why_no_target(
    step: dict[str, Any], matching: list[DeploymentTarget], environment: str, only: set[str]
) -> str:
    tags = " or ".join(f'"{tag}"' for tag in step["target_tags"]) or "no tag at all"
    if not matching:
        return (
            f"{step['name']}: no deployment target in {environment} carries {tags}. "
            "Add the tag to a target, or the environment to a target that has it."
        )
    names = ", ".join(target.name for target in matching)
    if all(target.disabled for target in matching):
        return f"{step['name']}: every matching target in {environment} is disabled ({names})."
    chosen = ", ".join(sorted(only))
    return f"{step['name']}: none of the chosen targets ({chosen}) matches; {names} would."
