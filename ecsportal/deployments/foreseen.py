"""What AWS says beforehand about a deployment: asked in the background by the deploy page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials
from ecsportal.deployments.models import StackBinding
from ecsportal.deployments.plan import PlannedStep
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.asking import ask_all
from ecsportal.infrastructure.models import DeploymentTarget, Environment
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.projects.step_document import known_type
from ecsportal.projects.variables.preview import Preview, Process
from ecsportal.projects.variables.queries import frozen_variables
from ecsportal.releases.models import Release
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.look_ahead import Foreseen, LooksAhead

SECONDS = 12.0


@dataclass(frozen=True)
class Finding:
    """What was foreseen for a step, with the targets that it was found on."""

    step: str
    step_name: str
    targets: tuple[str, ...]
    foreseen: Foreseen

    @property
    def status(self) -> str:
        """The kind of status that stands for it."""
        return "pending" if self.foreseen.kind == "unknown" else self.foreseen.kind


@dataclass(frozen=True)
class _Question:
    step: PlannedStep
    target: DeploymentTarget
    kind: LooksAhead
    inputs: JsonDict
    stack_name: str
    credentials: AwsCredentials

    def ask(self) -> list[Foreseen]:
        """Ask AWS; needs no database, so that it may run in any thread."""

        def client(service: str) -> Any:
            region = self.target.region
            return sessions.client(service, self.credentials, region, limits=TURN_LIMITS)

        return self.kind.look_ahead(
            self.inputs, self.step.version, stack_name=self.stack_name, clients=client
        )


def look_ahead(
    release: Release, environment: Environment, planned: Sequence[PlannedStep]
) -> list[Finding]:
    """Everything found on the planned targets, what would fail first; asks AWS."""
    questions = _questions(release, environment, planned)
    too_late = [Foreseen("unknown", "AWS does not answer in time")]
    answers = ask_all(_Question.ask, questions, too_late=too_late, seconds=SECONDS)
    found: dict[tuple[str, Foreseen], list[str]] = {}
    names = {step.slug: step.name for step in planned}
    for question, foreseen in zip(questions, answers, strict=True):
        for each in foreseen:
            found.setdefault((question.step.slug, each), []).append(question.target.name)
    findings = [
        Finding(slug, names[slug], tuple(targets), foreseen)
        for (slug, foreseen), targets in found.items()
    ]
    order = ("failed", "warning", "unknown")
    return sorted(findings, key=lambda finding: order.index(finding.foreseen.kind))


def _questions(
    release: Release, environment: Environment, planned: Sequence[PlannedStep]
) -> list[_Question]:
    project = release.project
    documents = {step["slug"]: step for step in release.process.steps}
    process = Process.of(project, release.process)
    values = frozen_variables(release.variables)
    bindings = {
        (row.step, row.target): row
        for row in StackBinding.objects.filter(project=project, environment=environment)
    }
    questions = []
    for step in planned:
        kind = known_type(step.type)
        if kind is None or not isinstance(kind, LooksAhead):
            continue
        for target in step.targets:
            preview = Preview(
                project,
                environment=environment,
                target=target,
                step=step.slug,
                process=process,
                values=values,
            )
            try:
                inputs, _ = evaluate_document(documents[step.slug]["inputs"], preview.variables)
            except OctostacheError:
                continue  # the page's own checks tell
            named = kind.stack_name(
                inputs, cluster=target.cluster, environment_id=environment.stack_id
            )
            configured = str(inputs.get("stack_name") or "")
            bound = bindings.get((step.slug, target.slug))
            if bound and bound.configured == configured:
                named = bound.stack_name
            credentials = aws_credentials(target.account)
            questions.append(_Question(step, target, kind, inputs, named, credentials))
    return questions
