"""Taking over a service that runs: which there are, and the step that would deploy one.

Asks AWS: everything here is for `/remote/` pages and API calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ecsportal.aws import sessions
from ecsportal.aws.credentials import TURN_LIMITS
from ecsportal.aws.errors import AwsError
from ecsportal.cloudformation.stacks import list_resources
from ecsportal.ecs.running_services import RunningService, list_service_names, read_service
from ecsportal.infrastructure.accounts import aws_credentials
from ecsportal.infrastructure.feed_matching import feed_of_image, parse_image
from ecsportal.infrastructure.models import DeploymentTarget, Feed
from ecsportal.infrastructure.pick_lists import why
from ecsportal.infrastructure.queries import feeds_for
from ecsportal.people.models import User
from ecsportal.problems import NotFound, RemoteFailed
from ecsportal.steps import catalogue
from ecsportal.steps.contract import JsonDict
from ecsportal.steps.problems import Problem
from ecsportal.steps.running_service import (
    ImportsRunningServices,
    MatchedImage,
    MatchImage,
    RunningImport,
    StackFacts,
)
from ecsportal.steps.step_type import StepType

T = TypeVar("T")


@dataclass(frozen=True)
class ServiceImport:
    """A service as a step: in a stack of its own, and adopting the one that it belongs to."""

    target: DeploymentTarget
    service: str
    step_type: StepType
    own: RunningImport
    adopted: RunningImport | None
    """None for a service that no stack made, or whose stack can't be read."""
    stack: str
    stack_problem: str = ""
    """Why the stack could not be read; empty where it could."""

    def problems(self, read: RunningImport) -> list[Problem]:
        """What AWS or the portal would refuse of these inputs."""
        return self.step_type.check(read.inputs, self.step_type.version)

    def step(self, read: RunningImport) -> JsonDict:
        """A step document with these inputs, not saved anywhere."""
        return {
            "name": f"Deploy {self.own.inputs['task_name']}",
            "type": self.step_type.slug,
            "version": self.step_type.version,
            "target_tags": list(self.target.target_tags[:1]),
            "inputs": read.inputs,
        }


def services_of(target: DeploymentTarget) -> list[str]:
    """The names of the services of the target's cluster; RemoteFailed where AWS refuses."""
    return _asked("ecs", lambda: list_service_names(_client(target, "ecs"), target.cluster))


def import_of_service(user: User, target: DeploymentTarget, name: str) -> ServiceImport:
    """The service as a step. Raises NotFound without it, RemoteFailed where AWS refuses."""
    found = _asked("ecs", lambda: read_service(_client(target, "ecs"), target.cluster, name))
    if found is None:
        raise NotFound(f'There is no service "{name}" in {target.cluster} of {target.name}.')
    kind = next(each for each in catalogue.all() if isinstance(each, ImportsRunningServices))
    match = _matcher(list(feeds_for(user)))
    stack, problem = _stack_of(target, found)
    return ServiceImport(
        target=target,
        service=name,
        step_type=kind,
        own=_read(kind, found, match, None),
        adopted=_read(kind, found, match, stack) if stack else None,
        stack=found.stack,
        stack_problem=problem,
    )


def _read(
    kind: ImportsRunningServices, found: RunningService, match: MatchImage, stack: StackFacts | None
) -> RunningImport:
    return kind.from_running_service(
        found.service, found.task_definition, match_image=match, stack=stack
    )


def _stack_of(target: DeploymentTarget, found: RunningService) -> tuple[StackFacts | None, str]:
    if not found.stack:
        return None, ""
    try:
        resources = list_resources(_client(target, "cloudformation"), found.stack)
    except AwsError as error:
        return None, why(error, "cloudformation")
    return StackFacts(found.stack, {each.logical_id: each.physical_id for each in resources}), ""


def _matcher(feeds: Sequence[Feed]) -> MatchImage:
    def match(image: str) -> MatchedImage:
        name = parse_image(image)
        found = feed_of_image(name, feeds)
        if found is None:
            # Named whole and without a feed, the step deploys exactly what runs.
            return MatchedImage(image, "", image, name.tag or name.digest)
        feed, repository = found
        return MatchedImage(image, feed.slug, repository, name.tag or name.digest)

    return match


def _client(target: DeploymentTarget, service: str) -> Any:
    credentials = aws_credentials(target.account)
    return sessions.client(service, credentials, target.region, limits=TURN_LIMITS)


def _asked(prefix: str, ask: Callable[[], T]) -> T:
    try:
        return ask()
    except AwsError as error:
        raise RemoteFailed(why(error, prefix), code=error.code) from error
