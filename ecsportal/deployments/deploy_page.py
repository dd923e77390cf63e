"""What the deploy page knows before anything is done: what would change, and what is in the way."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from django.db.models import QuerySet

from ecsportal.deployments import queue, services
from ecsportal.deployments.cell_facts import expected_durations, gone_pairs, services_of
from ecsportal.deployments.models import FINAL_STATES, Deployment, State
from ecsportal.deployments.plan import PlannedStep
from ecsportal.deployments.proven import PROVEN
from ecsportal.deployments.refusals import refusals
from ecsportal.deployments.sentences import serve_another
from ecsportal.deployments.step_changes import StepChanges, removed_steps, step_changes
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.problems import FieldError
from ecsportal.projects.variables.checks import unresolved_there
from ecsportal.projects.variables.queries import frozen_variables
from ecsportal.releases.models import Release

_STEP_PATH = re.compile(r"steps\[(\d+)\]\.(?:inputs\.)?(.*)")
MESSAGES_SHOWN = 3


@dataclass(frozen=True)
class Check:
    """One line of the preflight; `step` is the slug of the step to open for it."""

    kind: Literal["ok", "warning", "failed"]
    text: str
    hint: str = ""
    step: str = ""


@dataclass(frozen=True)
class DeployPage:
    """All that the page shows about a release and an environment."""

    verb: str
    """Deploy, Redeploy or Roll back."""
    running: Deployment | None
    """The last good deployment here."""
    is_unproven: bool
    """A later one came to its end, and nobody has seen it run."""
    is_gone: bool
    """What was deployed here isn't there any more: its stacks were deleted behind the portal."""
    left_by: Deployment | None
    """A later one that failed or was cancelled, and left tasks of another release here."""
    ahead: Deployment | None
    """What it would wait for."""
    steps: tuple[StepChanges, ...]
    removed: tuple[str, ...]
    checks: tuple[Check, ...]
    expected: timedelta | None
    targets: tuple[tuple[DeploymentTarget, str], ...]
    """Each target once, with the names of the steps that run on it."""

    @property
    def is_roll_back(self) -> bool:
        """True where a newer release runs."""
        return self.verb == "Roll back"

    @property
    def is_refused(self) -> bool:
        """True where a click would end in a refusal that is known now."""
        return any(check.kind == "failed" for check in self.checks)

    @property
    def refusal(self) -> str:
        """Why the button is off, for beside it."""
        failed = [check.text.rstrip(".") for check in self.checks if check.kind == "failed"]
        return f"{'. '.join(failed)}." if failed else ""

    @property
    def warnings(self) -> int:
        """How many checks warn."""
        return sum(check.kind == "warning" for check in self.checks)

    @property
    def runs_without_target(self) -> bool:
        """True where all steps that run do so on the portal itself."""
        return not self.targets and any(step.step.runs for step in self.steps)

    @property
    def changes(self) -> int:
        """How many differences there are in all steps."""
        return sum(step.count for step in self.steps)

    @property
    def changes_nothing(self) -> bool:
        """True where exactly this runs already."""
        unsure = self.is_unproven or self.is_gone or self.left_by
        return self.running is not None and not unsure and not self.changes and not self.removed


def load_page(
    release: Release,
    environment: Environment,
    *,
    skip_steps: Collection[str] = (),
    targets: Collection[str] = (),
) -> DeployPage:
    """The page, in a constant number of queries."""
    planned = services.plan_release(
        release, environment, skip_steps=skip_steps, only_targets=targets
    )
    here = Deployment.objects.filter(project=release.project_id, environment=environment)
    running = here.filter(PROVEN).select_related("release__process").order_by("-pk").first()
    accepted = here.filter(state=State.SUCCEEDED, late_error__isnull=True).order_by("-pk").first()
    before = running.release if running else None
    pair = (release.project_id, environment.pk)
    is_gone = running is not None and pair in gone_pairs()
    left_by = None if is_gone else _left_by(here, running)
    refused = refusals(release, planned, skip_steps=skip_steps)
    return DeployPage(
        verb=_verb(release, left_by.release if left_by else before),
        running=running,
        is_unproven=accepted != running,
        is_gone=is_gone,
        left_by=left_by,
        ahead=queue.ahead_in(*pair).first(),
        steps=tuple(step_changes(release, before, planned)),
        removed=tuple(removed_steps(release, before)),
        checks=(
            *_checks(release, planned, refused),
            *_variable_checks(release, environment, planned),
        ),
        expected=expected_durations([pair]).get(pair),
        targets=_targets(planned),
    )


def possible_targets(release: Release, environment: Environment) -> list[DeploymentTarget]:
    """Every target that a step would run on, each once."""
    planned = services.plan_release(release, environment)
    return [target for target, _ in _targets(planned)]


def _left_by(here: QuerySet[Deployment], running: Deployment | None) -> Deployment | None:
    """The newest that ran to its end, where tasks of another release than the last good one ran."""
    ended = here.filter(state__in=FINAL_STATES, started_at__isnull=False)
    newest = ended.select_related("release").order_by("-pk").first()
    if newest is None or running is None:
        return None
    if newest.state == State.SUCCEEDED and not newest.late_error:
        return None
    seen = services_of([newest.pk]).get(newest.pk, [])
    return newest if serve_another(seen, running.release.version) else None


def _verb(release: Release, before: Release | None) -> str:
    if before is None or before.pk < release.pk:
        return "Deploy"
    return "Redeploy" if before.pk == release.pk else "Roll back"


def _targets(planned: Sequence[PlannedStep]) -> tuple[tuple[DeploymentTarget, str], ...]:
    found = {target.pk: target for step in planned for target in step.targets}
    return tuple(
        (
            target,
            ", ".join(step.name for step in planned if target in step.targets),
        )
        for target in found.values()
    )


def _checks(
    release: Release, planned: Sequence[PlannedStep], refused: Sequence[FieldError]
) -> list[Check]:
    """What is in the way first; what is in order in short."""
    checks = _target_checks(planned)
    wrong = _wrong_steps(planned, refused)
    if wrong:
        checks += wrong
    elif any(step.runs for step in planned):
        checks.append(Check("ok", "The settings of every step are complete"))
    checks += [
        Check("failed", error.message) for error in refused if not _STEP_PATH.fullmatch(error.path)
    ]
    return checks + _image_checks(release, planned) + _health_checks(planned)


def _target_checks(planned: Sequence[PlannedStep]) -> list[Check]:
    problems = [Check("failed", step.problem) for step in planned if step.problem]
    if problems or not any(step.targets for step in planned):
        return problems
    return [Check("ok", "Every step has a target")]


def _wrong_steps(planned: Sequence[PlannedStep], refused: Sequence[FieldError]) -> list[Check]:
    """One line for each step whose settings break a rule, with its first messages."""
    messages: dict[int, list[str]] = {}
    for error in refused:
        found = _STEP_PATH.fullmatch(error.path)
        if found and found[2] != "target_tags":
            messages.setdefault(int(found[1]), []).append(error.message)
    checks = []
    for number, said in sorted(messages.items()):
        step = planned[number]
        more = f" And {len(said) - MESSAGES_SHOWN} more." if len(said) > MESSAGES_SHOWN else ""
        count = f"{len(said)} problem{'' if len(said) == 1 else 's'}"
        hint = " ".join(said[:MESSAGES_SHOWN]) + more
        checks.append(Check("failed", f"{number + 1} {step.name} has {count}", hint, step.slug))
    return checks


def _variable_checks(
    release: Release, environment: Environment, planned: Sequence[PlannedStep]
) -> list[Check]:
    """Expressions without a value: the deployment would fail before its first step."""
    targets = [target for target, _ in _targets(planned)]
    fields = unresolved_there(
        release.process,
        frozen_variables(release.variables),
        [(environment, targets)],
        without={step.slug for step in planned if not step.runs},
    )
    if not fields:
        return []
    noun = "1 expression has" if len(fields) == 1 else f"{len(fields)} expressions have"
    shown = [
        f"{field.step_name}: {field.token}. {field.why}".rstrip()
        for field in fields[:MESSAGES_SHOWN]
    ]
    more = len(fields) - len(shown)
    hint = " ".join([*shown, *([f"And {more} more."] if more else [])])
    return [Check("failed", f"{noun} no value in {environment.name}", hint)]


def _image_checks(release: Release, planned: Sequence[PlannedStep]) -> list[Check]:
    running = {step.slug for step in planned if not step.skipped}
    images = [image for image in release.images.all() if image.step in running]
    unseen = [image for image in images if not image.digest]
    checks = [
        Check(
            "warning",
            f"No digest is known of {image.repository}:{image.tag}",
            "Its feed could not be asked, or had no such tag, when the release was made.",
        )
        for image in unseen
    ]
    if images and not unseen:
        known = f"{len(images)} image{'' if len(images) == 1 else 's'}"
        checks.append(Check("ok", f"{known} with a recorded digest"))
    return checks


def _health_checks(planned: Sequence[PlannedStep]) -> list[Check]:
    return [
        Check("warning", f"{target.name} is unhealthy", target.health_message)
        for target, _ in _targets(planned)
        if target.health == DeploymentTarget.Health.UNHEALTHY
    ]
