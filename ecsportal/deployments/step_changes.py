"""What a release would change in an environment, step by step, against the one that runs there.

Our own comparison: images by tag and digest, settings by the two frozen processes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ecsportal.deployments.plan import PlannedStep
from ecsportal.projects.process_difference import Change, differences
from ecsportal.releases.models import Release, ReleaseImage
from ecsportal.steps.contract import JsonDict

_TOKEN = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
ECS_SERVICE = "deploy-ecs-service"
LEAVES_ITS_SERVICE = {
    # The names of the stack's resources follow from it (ecs-step.md section 2).
    "task_name": "A second service starts beside it, then the old one is deleted",
    "stack_name": "A new stack is made; the old one and its service stay",
}
"""Settings of a service whose change doesn't update it in place, and what happens instead."""

Kind = Literal["added", "removed", "changed", "unchanged", "replaces"]


@dataclass(frozen=True)
class DiffRow:
    """One line of "What will change"; digests belong to images."""

    kind: Kind
    subject: str
    """The container, or nothing for the step's own settings."""
    setting: str
    was: str = ""
    was_digest: str = ""
    now: str = ""
    now_digest: str = ""
    note: str = ""


@dataclass(frozen=True)
class StepChanges:
    """A step with what would change in it."""

    number: int
    step: PlannedStep
    rows: tuple[DiffRow, ...]
    is_first: bool
    """The release that runs here hasn't got this step: its stack is created."""

    @property
    def count(self) -> int:
        """How many rows say more than that something stays."""
        return sum(row.kind != "unchanged" for row in self.rows)

    @property
    def verdict(self) -> tuple[str, str]:
        """Kind and words for the step's head."""
        if not self.step.runs_on_targets:
            return "", "Runs once"
        if any(row.kind == "replaces" for row in self.rows):
            return "failed", "Service is re-created"
        if self.is_first:
            return "ok", "Created" if self.step.type == ECS_SERVICE else "New here"
        if not self.count:
            return "", "No changes"
        is_service = self.step.type == ECS_SERVICE
        return "ok", "New revision, updated in place" if is_service else "Changed"


def step_changes(
    release: Release, before: Release | None, planned: Sequence[PlannedStep]
) -> list[StepChanges]:
    """The planned steps in order; those that are skipped have no rows."""
    old_steps = before.process.steps if before else []
    steps = {step["slug"]: step for step in release.process.steps}
    settings = differences(old_steps, release.process.steps) if before else []
    old_images = {(row.step, row.reference): row for row in before.images.all()} if before else {}
    images = list(release.images.all())
    known = {step["slug"] for step in old_steps}
    return [
        StepChanges(
            number=number,
            step=step,
            rows=()
            if step.skipped
            else (
                *_image_rows(step.slug, images, old_images),
                *(_row(change, steps[step.slug]) for change in settings if _is_of(change, step)),
            ),
            is_first=step.slug not in known,
        )
        for number, step in enumerate(planned, start=1)
    ]


def removed_steps(release: Release, before: Release | None) -> list[str]:
    """Names of the steps that ran here and that the release no longer has."""
    if before is None:
        return []
    kept = {step["slug"] for step in release.process.steps}
    return [step["name"] for step in before.process.steps if step["slug"] not in kept]


def _image_rows(
    step: str, images: Sequence[ReleaseImage], old: dict[tuple[str, str], ReleaseImage]
) -> list[DiffRow]:
    rows = [
        _image_row(image, old.get((step, image.reference)))
        for image in images
        if image.step == step
    ]
    present = {image.reference for image in images if image.step == step}
    gone = [row for (of, reference), row in old.items() if of == step and reference not in present]
    rows += [
        DiffRow("removed", row.reference, "image", was=_named(row), was_digest=row.digest)
        for row in gone
    ]
    return sorted(rows, key=lambda row: row.kind == "unchanged")


def _image_row(image: ReleaseImage, was: ReleaseImage | None) -> DiffRow:
    now, digest = _named(image), image.digest
    if was is None:
        return DiffRow("added", image.reference, "image", now=now, now_digest=digest)
    if (was.repository, was.tag, was.digest) == (image.repository, image.tag, digest):
        return DiffRow("unchanged", image.reference, "image", now=now, now_digest=digest)
    return DiffRow(
        "changed",
        image.reference,
        "image",
        was=_named(was),
        was_digest=was.digest,
        now=now,
        now_digest=digest,
    )


def _named(image: ReleaseImage) -> str:
    return f"{image.repository}:{image.tag}"


def _is_of(change: Change, step: PlannedStep) -> bool:
    # A new step is told by its images and its verdict.
    return change.step == step.slug and change.kind != "added"


def _row(change: Change, step: JsonDict) -> DiffRow:
    if change.kind == "moved":
        return DiffRow("changed", "", "order of the steps", was="", now="moved")
    subject, setting = _setting(change.path, step)
    note = LEAVES_ITS_SERVICE.get(change.path, "") if step["type"] == ECS_SERVICE else ""
    kind: Kind = "changed"
    if note:
        kind = "replaces"
    elif change.before == "empty":
        kind = "added"
    elif change.after == "empty":
        kind = "removed"
    return DiffRow(kind, subject, setting, was=change.before, now=change.after, note=note)


def _setting(path: str, step: JsonDict) -> tuple[str, str]:
    """`containers[0].environment[2].value` as ("web", "environment LOG_LEVEL value")."""
    value: Any = step["inputs"] | step
    words: list[str] = []
    for name, place in _TOKEN.findall(path):
        value = _inside(value, name, place)
        words.append(_label(value, place) if place else name.replace("_", " "))
    if words[:1] == ["containers"] and len(words) > 1:
        return words[1], " ".join(words[2:]) or "container"
    return "", " ".join(words)


def _inside(value: Any, name: str, place: str) -> Any:
    if place and isinstance(value, list) and int(place) < len(value):
        return value[int(place)]
    return value.get(name) if isinstance(value, dict) else None


def _label(value: Any, place: str) -> str:
    """What a row of a list is called: by its name or key, else by its place."""
    if isinstance(value, dict):
        for key in ("name", "key", "reference"):
            if isinstance(value.get(key), str) and value[key]:
                return str(value[key])
    return str(int(place) + 1)
