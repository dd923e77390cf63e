"""What AWS and linters say of a step while it is edited; asks AWS, from `/remote/` pages only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS, AwsCredentials
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.asking import ask_all
from ecsportal.infrastructure.models import DeploymentTarget
from ecsportal.octostache import OctostacheError, evaluate_document
from ecsportal.projects.fixed_stacks import fixed_stack
from ecsportal.projects.models import ProcessRevision, Project
from ecsportal.projects.variables.preview import Preview, Process
from ecsportal.projects.variables.queries import live_variables
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.look_ahead import Foreseen, Lints, LooksAhead
from ecsportal.steps.problems import StepInputsError
from ecsportal.steps.step_type import StepType

SECONDS = 25.0
TARGETS_ASKED = 3


@dataclass(frozen=True)
class StepCheck:
    """What was found; `places` names where was asked, in words."""

    findings: tuple[Foreseen, ...]
    places: tuple[str, ...]


def can_check(kind: StepType) -> bool:
    """True for a step type that AWS or a linter can tell something of."""
    return isinstance(kind, LooksAhead | Lints)


def check_step(
    project: Project, step: JsonDict, kind: StepType, targets: Sequence[DeploymentTarget]
) -> StepCheck:
    """Ask for the step as it is typed, on the first of its targets, in each one's environment."""
    edited = ProcessRevision(project=project, number=0, steps=[step])
    process, values = Process.of(project, edited), live_variables(project)
    questions: list[Callable[[], list[Foreseen]]] = []
    places = []
    for target in targets[:TARGETS_ASKED]:
        environment = next(iter(target.environments.all()), None)
        if environment is None:
            continue
        preview = Preview(
            project,
            environment=environment,
            target=target,
            step=step["slug"],
            process=process,
            values=values,
        )
        try:
            inputs, _ = evaluate_document(step["inputs"], preview.variables)
        except OctostacheError:
            continue  # the form itself tells
        configured = str(inputs.get("stack_name") or "")
        fixed = fixed_stack(project, environment, target, step=step["slug"], configured=configured)
        named = fixed or kind.stack_name(
            inputs, cluster=target.cluster, environment_id=environment.stack_id
        )
        places.append(f"{target.name} in {environment.name}")
        questions += _questions(kind, step["version"], inputs, named, target, first=not questions)
    too_late = [Foreseen("unknown", "No answer came in time")]
    answers = ask_all(lambda ask: ask(), questions, too_late=too_late, seconds=SECONDS)
    found = dict.fromkeys(each for answer in answers for each in answer)
    return StepCheck(tuple(found), tuple(places))


def _questions(  # noqa: PLR0913 -- one target's question in one call
    kind: StepType,
    version: int,
    inputs: JsonDict,
    stack_name: str,
    target: DeploymentTarget,
    *,
    first: bool,
) -> list[Callable[[], list[Foreseen]]]:
    """Each needs no database, so that it may run in any thread; a linter is asked once."""
    credentials, region = aws_credentials(target.account), target.region
    questions: list[Callable[[], list[Foreseen]]] = []
    if isinstance(kind, LooksAhead):
        looking = kind
        questions.append(
            lambda: looking.look_ahead(
                inputs, version, stack_name=stack_name, clients=_clients(credentials, region)
            )
        )
    if isinstance(kind, Lints) and first:
        linting = kind
        questions.append(lambda: _linted(linting, inputs, region))
    return questions


def _linted(kind: Lints, inputs: JsonDict, region: str) -> list[Foreseen]:
    try:
        return kind.lint(inputs, region=region)
    except StepInputsError:
        return []


def _clients(credentials: AwsCredentials, region: str) -> Callable[[str], Any]:
    return lambda service: sessions.client(service, credentials, region, limits=TURN_LIMITS)
